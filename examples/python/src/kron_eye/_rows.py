"""NumPy arrays as the library sees them: rows of elements, a stride apart. Nothing is copied."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Rows(NamedTuple):
    """Where the first row starts, how many there are, elements from one to the next."""

    address: int
    batch: int
    stride: int


def check_array(name: str, array: Any, dtype: np.dtype[Any] | None = None) -> np.ndarray:
    """`array` itself if it is a plain array (of `dtype`) in memory as C has it."""
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a numpy.ndarray, not {type(array).__name__}")
    if dtype is not None and array.dtype != dtype:
        raise TypeError(f"{name} must be of dtype {dtype}, not {array.dtype}")
    if not array.flags.aligned:
        raise ValueError(f"{name} is not aligned to its elements; {name}.copy() is")
    return array


def _no_rows(name: str, array: np.ndarray) -> ValueError:
    return ValueError(
        f"{name} of shape {array.shape} has strides of {array.strides} bytes: its rows are not "
        f"contiguous or not apart from one another; numpy.ascontiguousarray({name}) makes a copy "
        "whose rows are")


def row_stride(name: str, array: np.ndarray, repeats: bool) -> int:
    """Elements from array[r] to array[r+1], each contiguous; 0 only where a row may repeat."""
    length, expected = 1, array.itemsize
    if array.size == 0:
        return int(np.prod(array.shape[1:], dtype=np.intp))
    for extent, stride in zip(array.shape[:0:-1], array.strides[:0:-1]):
        if extent != 1 and stride != expected:
            raise _no_rows(name, array)
        length, expected = length * extent, expected * extent
    if len(array) == 1:
        return length
    stride, rest = divmod(array.strides[0], array.itemsize)
    if rest or (stride < length and not (repeats and stride == 0)):
        raise _no_rows(name, array)
    return stride


def rows_of(name: str, array: np.ndarray, blocks: int, width: int, repeats: bool = False) -> Rows:
    """
    `array` of shape (rows, blocks*width), (rows, blocks, width) or, one row, (blocks*width,).

    `repeats`: a stride of 0, as numpy.broadcast_to makes, is welcome.
    """
    length = blocks * width
    row = (blocks, width) if array.ndim == 3 else (length,)
    if array.ndim not in (1, 2, 3) or array.shape[-len(row):] != row:
        raise ValueError(f"{name} must be of shape (rows, {length}), (rows, {blocks}, {width}) "
                         f"or ({length},), not {array.shape}")
    if array.ndim == 1:
        array = array[np.newaxis]
    return Rows(array.ctypes.data, len(array), row_stride(name, array, repeats))
