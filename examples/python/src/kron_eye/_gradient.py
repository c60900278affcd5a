"""The gradient of W."""

from __future__ import annotations

import ctypes
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._library import Shape, check, kind_of_one, library
from ._options import count, flag, number, options
from ._rows import as_array, check_array, check_out, rows_of


def gradient(x: ArrayLike, dy: ArrayLike, blocks: SupportsIndex | None = None,
             out: NDArray[Any] | None = None, alpha: SupportsFloat = 1.0,
             beta: SupportsFloat = 0.0, *, right: SupportsIndex = 1, transpose: bool = False,
             per_block: bool = False, threads: SupportsIndex = 0, zeros: str = "auto",
             route: str = "auto") -> NDArray[Any]:
    """
    The gradient of W where y = (I_k (x) op(W) (x) I_right) x and dy is that of y.

    In einsum's words raic,rajc->ij, or raic,rajc->aij with a W for each block.

    >>> x, dy = np.arange(12.).reshape(2, 3, 2), np.ones((2, 3, 1))
    >>> gradient(x, dy)
    array([[30., 36.]])

    Parameters
    ----------
    x : (rows, k*n*right), (rows, k, n), (rows, k, n, right) or, one row, (k*n*right,), of float32
        or float64; layouts as in Plan.apply
    dy : as many rows, in any of these forms with m for n, of the same type
    blocks : k. Needed, unless x or dy has an axis for it.
    out : (m, n), C-ordered; not read if beta is 0. Default: a new array.
    alpha, beta : out = alpha * gradient + beta * out
    right : the identity on the right
    transpose : op(W) is W transposed, and the result (n, m) as W is
    per_block : a W for each block, so that the result is (k, m, n)
    threads, zeros, route : as in Plan. The bits do not depend on the threads, unless the route is
        "blas".

    Returns
    -------
    out
    """
    inputs = as_array("x", x)
    kind = kind_of_one("x", inputs.dtype)
    outputs = as_array("dy", dy, kind.w)
    for name, array in (("x", inputs), ("dy", outputs)):
        check_array(name, array, kind.w)
    beside = count("right", right)
    left = count("blocks", blocks_of(beside, x=inputs, dy=outputs) if blocks is None else blocks)
    n, m = width_of("x", inputs, left, beside), width_of("dy", outputs, left, beside)
    tail = () if beside == 1 else (beside,)
    rows_x = rows_of("x", inputs, (left, n, *tail), repeats=True)
    rows_dy = rows_of("dy", outputs, (left, m, *tail), repeats=True)
    if rows_x.batch != rows_dy.batch:
        raise ValueError(f"x has {rows_x.batch} rows, dy {rows_dy.batch}")

    stored = (n, m) if flag("transpose", transpose) else (m, n)
    wanted = (left, *stored) if flag("per_block", per_block) else stored
    out = check_out("out", out, wanted, kind.w, beta)
    if out.shape != wanted or not out.flags.c_contiguous:
        raise ValueError(f"out must be of shape {wanted} in C order, not {out.shape} with strides "
                         f"of {out.strides} bytes")
    shape = Shape(ctypes.sizeof(Shape), left=left, m=m, n=n, right=beside, op=transpose,
                  stridew=m * n if per_block else 0)
    function = getattr(library, "kron_eye_gradient_" + kind.suffix)
    check(function(shape, rows_x.batch, number("alpha", alpha), rows_x.address, rows_x.stride,
                   rows_dy.address, rows_dy.stride, number("beta", beta), out.ctypes.data,
                   stored[1], options(threads, zeros, route)), {9: "out overlaps x or dy"})
    return out


def blocks_of(right: int, **arrays: NDArray[Any]) -> int:
    """k, from the first of these arrays that has an axis for it."""
    full = 3 if right == 1 else 4
    for array in arrays.values():
        if array.ndim == full:
            return int(array.shape[1])
    raise ValueError(f"blocks must be given: no axis of {' or of '.join(arrays)} is for them")


def width_of(name: str, array: NDArray[Any], left: int, right: int) -> int:
    """n of x, or m of dy."""
    if array.ndim == (3 if right == 1 else 4):
        return int(array.shape[2])
    length = array.shape[-1] if array.ndim else 0
    if left * right == 0 or array.ndim not in (1, 2) or length % (left * right):
        raise ValueError(f"{name} of shape {array.shape} is not made of rows of {left} blocks"
                         + ("" if right == 1 else f", each {right} wide"))
    return int(length // (left * right))
