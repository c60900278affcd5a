"""The mode product: W along one axis of an array."""

from __future__ import annotations

import math
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._library import kind_of
from ._options import flag, integer
from ._plan import Plan
from ._rows import Rows, as_array, check_array, check_out, row_stride


def mode_product(w: ArrayLike, array: ArrayLike, axis: SupportsIndex = -1,
                 out: NDArray[Any] | None = None, alpha: SupportsFloat = 1.0,
                 beta: SupportsFloat = 0.0, *, transpose: bool = False,
                 threads: SupportsIndex = 0, zeros: str = "auto",
                 route: str = "auto") -> NDArray[Any]:
    """
    op(W) along one axis of an n-dimensional array; the others stay.

    >>> w = np.array([[1., 2.], [3., 4.], [5., 6.]])
    >>> array = np.arange(20.).reshape(5, 2, 2)
    >>> y = mode_product(w, array, axis=1)
    >>> y.shape
    (5, 3, 2)
    >>> bool((y == np.einsum("ij,ajc->aic", w, array)).all())
    True

    Parameters
    ----------
    w : (m, n) array of float32 or float64. Or, for a W of its own at each place of the axes before,
        array.shape[:axis] + (m, n).
    array : n values along the axis. In C order, and never copied: any other layout is a
        ValueError. Along its first axis it may have any stride, unless that is the one multiplied.
    axis : from the front, or negative from the back
    out : as array, with m for n; not read if beta is 0. Default: a new array.
    alpha, beta : out = alpha * product + beta * out
    transpose : op(W) is W transposed; then w ends in (n, m)
    threads, zeros, route : as in Plan

    Returns
    -------
    out
    """
    matrix = as_array("w", w)
    x = as_array("array", array, matrix.dtype)
    kind_of(x.dtype, matrix.dtype, "array")
    d = integer("axis", axis)
    if not -x.ndim <= d < x.ndim:
        raise ValueError(f"axis {d} is out of bounds for an array of dimension {x.ndim}")
    d %= x.ndim
    before, after = x.shape[:d], x.shape[d + 1:]
    if matrix.ndim < 2 or matrix.shape[:-2] not in ((), before):
        raise ValueError(f"w must be of shape (m, n), or {before} and (m, n) for a W at each place "
                         f"before axis {d}, not {matrix.shape}")
    m, n = matrix.shape[-2:][::-1] if flag("transpose", transpose) else matrix.shape[-2:]
    if x.shape[d] != n:
        raise ValueError(f"array of shape {x.shape} has {x.shape[d]} values along axis {d}, and "
                         f"op(w) {n} columns")

    each = matrix.ndim > 2
    left = math.prod(before if each else before[1:])
    if each:
        matrix = matrix.reshape(left, *matrix.shape[-2:])
    with Plan(matrix, left, x.dtype, right=math.prod(after), transpose=transpose, threads=threads,
              zeros=zeros, route=route) as plan:
        check_array("array", x, plan.dtype)
        shape = before + (m,) + after
        out = check_out("out", out, shape, plan.out_dtype, beta)
        if out.shape != shape:
            raise ValueError(f"out must be of shape {shape}, not {out.shape}")
        in_rows = d > 0 and not each
        plan._run(_rows("array", x, in_rows, True), _rows("out", out, in_rows, False), alpha, beta,
                  name="array")
    return out


def _rows(name: str, array: NDArray[Any], in_rows: bool, repeats: bool) -> Rows:
    """The array as rows along its first axis, or as one row."""
    if not in_rows:
        array = array[np.newaxis]
    return Rows(array.ctypes.data, len(array), row_stride(name, array, repeats))
