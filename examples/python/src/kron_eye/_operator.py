"""A plan as a linear operator for SciPy."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ._plan import Plan


def as_linear_operator(plan: Plan) -> Any:
    """
    I_k (x) W as a scipy.sparse.linalg.LinearOperator of shape (k*m, k*n), for SciPy's solvers.

    It has matvec and matmat and, through a second plan for the transposed W, rmatvec and rmatmat.
    SciPy works on columns: operator @ x takes x of shape (k*n,) or (k*n, p). The p columns are
    transposed to p rows, which copies x unless it is in Fortran order. Other real types are
    converted to the plan's type. The plan must be float32 or float64 throughout, and stay open.
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
