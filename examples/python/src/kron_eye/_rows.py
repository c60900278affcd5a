"""NumPy arrays as the library sees them: rows of elements, a stride apart. Nothing is copied."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, SupportsFloat

import numpy as np

from ._options import number


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
        raise TypeError(f"{name} must be of dtype {dtype}, not {array.dtype}"
                        + (f"; {name}.astype({dtype.name!r}) is" if name != "out" else ""))
    if not array.flags.aligned:
        raise ValueError(f"{name} is not aligned to its elements; {name}.copy() is")
    return array


def as_array(name: str, given: Any, dtype: np.dtype[Any] | None = None) -> np.ndarray:
    """
    `given` itself if it is an array, of whatever type and layout; else an array of it in C order.

    What has `__array__`, such as a data frame, keeps its type of floats or bytes. A list of numbers
    has none: it gets `dtype`, or else, where it holds integers, float64.
    """
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"{name} must be a numpy.ndarray, not MaskedArray; {name}.filled(0) is, "
                        "with 0 for what is masked")
    if isinstance(given, np.ndarray):
        return given
    _refuse_what_numpy_would_convert(name, given)
    array = np.require(np.asarray(given), requirements=["C", "ALIGNED"])
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{name} must be an array or a nested list of numbers, "
                        f"not {type(given).__name__}{_of_what(name, given, array)}")
    typed = hasattr(given, "__array__") and array.dtype.kind in "uf"
    if dtype is None:
        dtype = np.dtype(np.float64) if array.dtype.kind in "bi" else array.dtype
    wanted = array.dtype if typed else dtype
    if not np.can_cast(array.dtype, wanted, "same_kind"):
        remedy = f"; numpy.asarray({name}, {wanted.name!r}) is" if array.dtype.kind != "c" else ""
        raise TypeError(f"{name} must be of dtype {wanted}, and is a {type(given).__name__} of "
                        f"{array.dtype}{remedy}")
    return array.astype(wanted, copy=False)


def _refuse_what_numpy_would_convert(name: str, given: Any) -> None:
    """A mask would be dropped, and all of a Dask array computed into memory."""
    if isinstance(given, (list, tuple)) and any(isinstance(row, np.ma.MaskedArray) for row in given):
        raise TypeError(f"{name} is a {type(given).__name__} of masked arrays, whose masks would be "
                        f"lost; numpy.ma.stack({name}).filled(0) has 0 for what is masked")
    if type(given).__module__.partition(".")[0] == "dask":
        raise TypeError(f"{name} is a Dask array: kron_eye.dask has products of these, and "
                        f"{name}.compute() is an array in memory")


def _of_what(name: str, given: Any, array: np.ndarray) -> str:
    if hasattr(given, "toarray"):  # SciPy's sparse matrices
        return f"; {name}.toarray() is"
    if array.ndim == 0:
        return ""
    return (f", of which NumPy makes an array of {array.dtype}; numpy.asarray({name}, 'float64') "
            "will do if its values are numbers")


def _refusal(name: str, array: np.ndarray, fault: str) -> ValueError:
    """What is wrong with the layout, and what to pass instead."""
    if name == "out":  # a copy of it would be written, and nobody would see the result
        remedy = (f"pass numpy.empty({array.shape}, {array.dtype.name!r}), and copy from it "
                  "afterwards if need be")
    else:
        remedy = f"numpy.ascontiguousarray({name}) makes a copy that will do"
    return ValueError(f"{name} of shape {array.shape} has strides of {array.strides} bytes: "
                      f"{fault}; {remedy}")


def row_stride(name: str, array: np.ndarray, repeats: bool) -> int:
    """Elements from array[r] to array[r+1], each contiguous; 0 only where a row may repeat."""
    length, expected = 1, array.itemsize
    if array.size == 0:
        return int(np.prod(array.shape[1:], dtype=np.intp))
    for extent, stride in zip(array.shape[:0:-1], array.strides[:0:-1]):
        if extent != 1 and stride != expected:
            raise _refusal(name, array, "its rows are not contiguous")
        length, expected = length * extent, expected * extent
    if len(array) == 1:
        return length
    stride, rest = divmod(array.strides[0], array.itemsize)
    if rest:
        raise _refusal(name, array, "its rows are not a whole number of elements apart")
    if stride < 0:
        raise _refusal(name, array, "its rows run backwards in memory, and the library reads "
                                    "forwards")
    if stride < length and not (repeats and stride == 0):
        raise _refusal(name, array, "its rows overlap one another")
    return stride


def rows_of(name: str, array: np.ndarray, row: tuple[int, ...], repeats: bool = False) -> Rows:
    """
    `array` of shape (rows, *row), or with the row flat (rows, length) or, one row, (length,).

    `repeats`: a stride of 0, as numpy.broadcast_to makes, is welcome.
    """
    length = math.prod(row)
    forms = {1: (length,), 2: (length,), **({len(row) + 1: row} if len(row) > 1 else {})}
    wanted = forms.get(array.ndim)
    if wanted is None or array.shape[-len(wanted):] != wanted:
        shapes = [f"(rows, {', '.join(map(str, form))})" for form in dict.fromkeys(forms.values())]
        raise ValueError(f"{name} must be of shape {', '.join(shapes)} or ({length},), "
                         f"not {array.shape}{_reshape(name, array, length)}")
    if array.ndim == 1:
        array = array[np.newaxis]
    return Rows(array.ctypes.data, len(array), row_stride(name, array, repeats))


def result_shape(data: np.ndarray, batch: int, row: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a result whose row is `row`, as flat as the data are."""
    if data.ndim <= 2:
        return (batch,)[:data.ndim - 1] + (math.prod(row),)
    return (batch, *row)


def check_out(name: str, out: np.ndarray | None, shape: tuple[int, ...], dtype: np.dtype[Any],
              beta: SupportsFloat) -> np.ndarray:
    """`out` itself if it can be written, or a new array of this shape where it is None."""
    if out is None:
        if number("beta", beta) != 0:
            raise ValueError(f"beta multiplies the old values of {name}: it needs an {name}")
        return np.empty(shape, dtype)
    check_array(name, out, dtype)
    if not out.flags.writeable:
        raise ValueError(f"{name} is read-only")
    return out


def _reshape(name: str, array: np.ndarray, length: int) -> str:
    """A reshape that helps, where leading axes are the rows or trailing axes make up a row."""
    rows, rest = divmod(array.size, length) if length else (0, 1)
    if rest or array.ndim < 3:
        return ""
    return f"; {name}.reshape({rows}, {length}) is, if its values lie in that order"
