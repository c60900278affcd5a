"""A plan or a chain as SciPy's linear operator."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Callable, Union

import numpy as np
from numpy.typing import NDArray

from ._chain import Chain
from ._plan import Plan


def as_linear_operator(operator: Union[Plan, Chain]) -> Any:
    """
    A plan or chain as a scipy.sparse.linalg.LinearOperator, for SciPy's solvers.

    Has matvec, matmat, rmatvec and rmatmat. SciPy's convention is columns: operator @ x takes x of
    shape (N,) or (N, p). Columns are never copied: in C order they are an identity of order p on
    the right, for which a plan is made when p is new; in Fortran order they are p rows. Other real
    types are converted to the plan's. The plan must be float32 or float64 throughout. The operator
    keeps plans of its own: what happens to `operator` later does not change it.
    """
    from scipy.sparse.linalg import LinearOperator

    if not isinstance(operator, (Plan, Chain)):
        raise TypeError(f"a linear operator is made of a Plan or a Chain, not "
                        f"{type(operator).__name__}")
    if isinstance(operator, Plan) and operator.dtype != operator.out_dtype:
        raise TypeError(f"a linear operator has one type; the plan takes {operator.dtype} "
                        f"and gives {operator.out_dtype}")
    forward, backward = _products(operator, False), _products(operator, True)
    return LinearOperator(shape=operator.shape, dtype=operator.dtype, matvec=forward,
                          matmat=forward, rmatvec=backward, rmatmat=backward)


def _products(operator: Union[Plan, Chain], adjoint: bool) -> Callable[[NDArray[Any]], Any]:
    state = operator.__getstate__()

    @lru_cache(maxsize=4)
    def with_columns(p: int) -> Union[Plan, Chain]:
        """The operator (x) I_p."""
        if isinstance(operator, Plan):
            return Plan(**{**state, "right": state["right"] * p,
                           "transpose": state["transpose"] != adjoint})
        factors = [f.T if adjoint and not isinstance(f, int) else f for f in state["factors"]]
        return Chain(**{**state, "factors": factors + [p]})

    rows = operator.shape[1 if adjoint else 0]

    def product(x: NDArray[Any]) -> NDArray[Any]:
        x = x.astype(state["dtype"], order="K", casting="same_kind", copy=False)
        if x.ndim == 2 and not x.flags.c_contiguous and x.T.flags.c_contiguous:
            return with_columns(1).apply(x.T).T
        shape = (rows, *x.shape[1:])
        p = math.prod(shape[1:])
        return with_columns(p).apply(np.ascontiguousarray(x).reshape(-1)).reshape(shape)

    return product
