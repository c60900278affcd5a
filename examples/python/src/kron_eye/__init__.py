"""
Products with Kronecker-with-identity operators, never formed: y = (I_k (x) W (x) I_right) x.

    apply(w, data)               one call
    Plan(w, blocks).apply(data)  one W, packed once, for many calls
    mode_product(w, array, axis) W along one axis of an array
    Chain([a, 12, b])            a (x) I_12 (x) b, one factor at a time
    gradient(x, dy, blocks)      the gradient of W
    bias_gradient(dy, blocks)    that of a bias
    relu_backward(y, dy)         through RELU
    as_linear_operator(plan)     for SciPy's solvers
    isa(), version(), info()     of the C library underneath

kron_eye.dask has products on Dask arrays.
"""

from ._backward import bias_gradient, relu_backward
from ._chain import Chain
from ._gradient import gradient
from ._library import info, isa, version
from ._mode import mode_product
from ._operator import as_linear_operator
from ._plan import Plan, apply

__all__ = ["Chain", "Plan", "apply", "as_linear_operator", "bias_gradient", "gradient", "info",
           "isa", "mode_product", "relu_backward", "version"]
