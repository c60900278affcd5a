"""A plan as SciPy's linear operator."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ._plan import Plan


def as_linear_operator(plan: Plan) -> Any:
    """
    I_k (x) W as a scipy.sparse.linalg.LinearOperator of shape (k*m, k*n), for its solvers.

    Has matvec, matmat and, through a second plan for W transposed, rmatvec and rmatmat. SciPy's
    convention is columns: operator @ x takes x of shape (k*n,) or (k*n, p), where p columns become
    p rows by a transposition that copies unless x is in Fortran order; other real types are
    converted to the plan's. The plan must be float32 or float64 throughout, and stay open.
    """
    from scipy.sparse.linalg import LinearOperator

    if plan.dtype != plan.out_dtype:
        raise TypeError(f"a linear operator has one type; the plan takes {plan.dtype} "
                        f"and gives {plan.out_dtype}")
    adjoint = Plan(plan.w.T, plan.blocks)

    def on_columns(side: Plan) -> Any:
        def product(x: NDArray[Any]) -> NDArray[Any]:
            rows = x.T.astype(plan.dtype, order="C", casting="same_kind", copy=False)
            return side.apply(rows).T
        return product

    forward, backward = on_columns(plan), on_columns(adjoint)
    return LinearOperator(shape=plan.shape, dtype=plan.dtype, matvec=forward, matmat=forward,
                          rmatvec=backward, rmatmat=backward)
