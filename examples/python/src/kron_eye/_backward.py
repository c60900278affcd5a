"""What a layer's backward pass needs beside the gradient of W: of the bias, and through RELU."""

from __future__ import annotations

import ctypes
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._gradient import blocks_of, width_of
from ._library import Shape, check, kind_of_one, library
from ._options import count, flag, number
from ._rows import Rows, as_array, check_array, check_out, row_stride, rows_of


def bias_gradient(dy: ArrayLike, blocks: SupportsIndex | None = None,
                  out: NDArray[Any] | None = None, alpha: SupportsFloat = 1.0,
                  beta: SupportsFloat = 0.0, *, right: SupportsIndex = 1,
                  per_block: bool = False) -> NDArray[Any]:
    """
    The gradient of the bias that Plan.apply adds, where dy is that of what it was added to.

    In einsum's words raic->i, or raic->ai with a bias for each block.

    >>> bias_gradient(np.arange(12.).reshape(2, 3, 2))
    array([30., 36.])

    Parameters
    ----------
    dy : (rows, k*m*right), (rows, k, m), (rows, k, m, right) or, one row, (k*m*right,), of float32
        or float64; layouts as those of data in Plan.apply
    blocks : k. Needed, unless dy has an axis for it.
    out : (m,), or (k, m) with per_block, C-ordered; not read if beta is 0. Default: a new array.
    alpha, beta : out = alpha * gradient + beta * out
    right : the identity on the right
    per_block : a bias for each block, so that the result is (k, m)

    Returns
    -------
    out
    """
    outputs = as_array("dy", dy)
    kind = kind_of_one("dy", outputs.dtype)
    check_array("dy", outputs)
    beside = count("right", right)
    left = count("blocks", blocks_of(beside, dy=outputs) if blocks is None else blocks)
    m = width_of("dy", outputs, left, beside)
    rows = rows_of("dy", outputs, (left, m) if beside == 1 else (left, m, beside), repeats=True)
    wanted = (left, m) if flag("per_block", per_block) else (m,)
    out = check_out("out", out, wanted, kind.w, beta)
    if out.shape != wanted or not out.flags.c_contiguous:
        raise ValueError(f"out must be of shape {wanted} in C order, not {out.shape} with strides "
                         f"of {out.strides} bytes")
    shape = Shape(ctypes.sizeof(Shape), left=left, m=m, n=1, right=beside)
    function = getattr(library, "kron_eye_bias_gradient_" + kind.suffix)
    check(function(shape, rows.batch, number("alpha", alpha), rows.address, rows.stride,
                   number("beta", beta), out.ctypes.data, m if per_block else 0),
          {7: "out overlaps dy"})
    return out


def relu_backward(y: ArrayLike, dy: ArrayLike, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """
    The gradient of what RELU was given: dy where y > 0, 0 where y <= 0, NaN where y is NaN.

    >>> relu_backward(np.array([0., 2., 3.]), np.array([5., 6., -7.]))
    array([ 0.,  6., -7.])

    Parameters
    ----------
    y : what RELU gave, as Plan.apply(..., activation="relu") does: of any shape, float32 or
        float64. Rows, along the first axis, are each contiguous and any stride apart.
    dy : the gradient of y, of its shape and type
    out : of the same shape and type; may be dy itself. Default: a new array.

    Returns
    -------
    out
    """
    array = as_array("y", y)
    kind = kind_of_one("y", array.dtype)
    given = as_array("dy", dy, kind.w)
    for name, other in (("y", array), ("dy", given)):
        check_array(name, other, kind.w)
    out = check_out("out", out, array.shape, kind.w, 0.0)
    for name, other in (("dy", given), ("out", out)):
        if other.shape != array.shape:
            raise ValueError(f"{name} must be of shape {array.shape} as y is, not {other.shape}")
    rows = [_rows(name, other) for name, other in (("y", array), ("dy", given), ("out", out))]
    length = array.size // max(rows[0].batch, 1)
    function = getattr(library, "kron_eye_relu_backward_" + kind.suffix)
    check(function(rows[0].batch, length, *(part for row in rows
                                            for part in (row.address, row.stride))),
          {7: "out overlaps y, or dy without being dy"})
    return out


def _rows(name: str, array: NDArray[Any]) -> Rows:
    array = np.atleast_2d(array)
    return Rows(array.ctypes.data, len(array), row_stride(name, array, repeats=False))
