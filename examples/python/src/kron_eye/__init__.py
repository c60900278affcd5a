"""
Products with Kronecker-with-identity operators, never formed: y = (I_k (x) W) x.

    apply(w, data)               one call
    Plan(w, blocks).apply(data)  one W, packed once, for many calls
    as_linear_operator(plan)     for SciPy's solvers
    isa(), version(), info()     of the C library underneath
"""

from ._library import info, isa, version
from ._operator import as_linear_operator
from ._plan import Plan, apply

__all__ = ["Plan", "apply", "as_linear_operator", "info", "isa", "version"]
