"""Plan: one W, packed once, applied to any number of rows."""

from __future__ import annotations

import ctypes
import operator
import sys
import weakref
from types import TracebackType
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._csr import csr_view, fault_of, is_sparse
from ._library import ROUTES, UNSUPPORTED, ZEROS, Options, Shape, check, kind_of, library
from ._rows import Rows, as_array, check_array, rows_of


class _Handle:
    """
    A kron_eye_plan, destroyed with the last reference to this object.

    An apply under way in another thread holds one, so closing a Plan never pulls it away.
    """

    def __init__(self, pointer: ctypes.c_void_p) -> None:
        self.pointer = pointer
        weakref.finalize(self, library.kron_eye_plan_destroy, pointer).atexit = False


def _count(name: str, value: SupportsIndex) -> int:
    count = operator.index(value)
    if not 0 <= count <= sys.maxsize:
        raise ValueError(f"{name} must be from 0 to {sys.maxsize}, not {count}")
    return count


def _choice(name: str, value: str, choices: dict[str, int]) -> int:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return choices[value]


def as_w(given: Any) -> NDArray[Any]:
    w = as_array("w", given)
    if w.ndim != 2:
        raise ValueError(f"w must be of shape (m, n), not {w.shape}")
    return w


class Plan:
    """
    The operator I_blocks (x) W for rows of one element type, ready to apply.

        Plan(w, blocks=30).apply(data)      # (rows, 30*n) -> (rows, 30*m)

    Parameters
    ----------
    w : (m, n) array of float32 or float64, or what NumPy makes one of: a list of numbers is
        float64
        Copied, whatever its layout.
    blocks : the identity's size k; a row of data holds k*n values, a row of the result k*m.
    dtype : type of the data. Default: that of w. The pairs are float32 with float32, float64 with
        float64, float32 data with float64 w, uint8 data with float32 w; the result is of w's type.
    threads : most threads for one apply; 0 for as many as OpenMP would use.
    zeros : "auto", "skip" or "multiply" the zeros in the data; the result is the same.
    route : "auto", "kernel" (the library's own: a row's result does not depend on the other rows,
        bit for bit) or "blas".

    A plan never changes. It can be copied and pickled: that makes a new plan from w and the
    options, for the machine that it arrives on. Any number of threads may apply it at once, each to its own `out`, and
    the interpreter runs on meanwhile. It frees its memory when it is collected, on close() or at
    the end of a `with` block.
    """

    def __init__(self, w: ArrayLike, blocks: SupportsIndex = 1,
                 dtype: DTypeLike | None = None, *,
                 threads: SupportsIndex = 0, zeros: str = "auto", route: str = "auto") -> None:
        given = as_w(w)
        self._kind = kind_of(given.dtype if dtype is None else np.dtype(dtype), given.dtype)
        self._w = np.array(given, order="C", subok=False)
        self._w.flags.writeable = False
        self._blocks = _count("blocks", blocks)
        self._options: dict[str, Any] = {
            "threads": _count("threads", threads), "zeros": zeros, "route": route}
        self._handle: _Handle | None = self._create()

    def _create(self) -> _Handle:
        chosen = self._options
        options = Options(ctypes.sizeof(Options), chosen["threads"],
                          _choice("zeros", chosen["zeros"], ZEROS),
                          _choice("route", chosen["route"], ROUTES))
        m, n = self._w.shape
        shape = Shape(ctypes.sizeof(Shape), left=self._blocks, m=m, n=n, right=1)
        pointer = ctypes.c_void_p()
        create = getattr(library, "kron_eye_plan_create_" + self._kind.suffix)
        status = create(pointer, shape, self._w.ctypes.data, n, options)
        if status == UNSUPPORTED:
            raise ValueError(
                f"no route blas for data of {self._kind.data} with w of {self._kind.w}")
        check(status, {2: f"{self._blocks} blocks of w {self._w.shape} do not fit in memory"})
        return _Handle(pointer)

    def __getstate__(self) -> dict[str, Any]:
        self._open_handle()
        return {"w": self._w, "blocks": self._blocks, "dtype": self.dtype, **self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Plan.__init__(self, **state)

    @property
    def w(self) -> NDArray[Any]:
        """The plan's own copy of W, (m, n), read-only."""
        return self._w

    @property
    def blocks(self) -> int:
        """k, the identity's size."""
        return self._blocks

    @property
    def shape(self) -> tuple[int, int]:
        """(k*m, k*n), the shape of I_k (x) W."""
        m, n = self._w.shape
        return self._blocks * m, self._blocks * n

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the data."""
        return self._kind.data

    @property
    def out_dtype(self) -> np.dtype[Any]:
        """The type of W and of the result."""
        return self._kind.w

    def apply(self, data: ArrayLike, out: NDArray[Any] | None = None,
              alpha: SupportsFloat = 1.0, beta: SupportsFloat = 0.0) -> NDArray[Any]:
        """
        out[r, a*m + i] = alpha * sum_j w[i, j] * data[r, a*n + j] + beta * out[r, a*m + i].

        Parameters
        ----------
        data : (rows, k*n), (rows, k, n) or, one row, (k*n,)
            Each row contiguous, rows any stride apart (a slice of columns is welcome), or one row
            for all by numpy.broadcast_to. An array is never copied: any other layout is a
            ValueError, any other type a TypeError. Nested lists of numbers, and what has
            `__array__`, become arrays first, as in NumPy's own functions.
            Or a scipy.sparse CSR matrix of floats, (rows, k*n), or (rows*k, n) with a block in
            each of its rows. Only stored entries multiply.
        out : as many rows, in any of these forms with m for n; not read if beta is 0.
            Default: a new array, (rows, k*m), or (rows, k, m) or (k*m,) where data is like that.
        alpha, beta : numbers. beta needs an out.

        Returns
        -------
        out
        """
        if is_sparse(data):
            return self._apply_csr(data, out, alpha, beta)
        handle = self._open_handle()
        array = check_array("data", as_array("data", data, self.dtype), self.dtype)
        x = rows_of("data", array, self._blocks, self._w.shape[1], repeats=True)
        out, y = self._result(array.ndim, x.batch, out, beta)
        function = getattr(library, "kron_eye_apply_" + self._kind.suffix)
        check(function(handle.pointer, x.batch, float(alpha), x.address, x.stride,
                       float(beta), y.address, y.stride), {7: "out overlaps data"})
        return out

    __call__ = apply

    def _apply_csr(self, data: Any, out: NDArray[Any] | None, alpha: SupportsFloat,
                   beta: SupportsFloat) -> NDArray[Any]:
        handle = self._open_handle()
        x = csr_view(data, self.dtype)
        batch = self._rows_of_csr(x.rows, x.cols)
        out, y = self._result(2, batch, out, beta)
        function = getattr(library, "kron_eye_apply_csr_" + self._kind.suffix)
        status = function(handle.pointer, batch, float(alpha), x, float(beta), y.address, y.stride)
        check(status, {4: fault_of(x) if status == -4 else "", 6: "out overlaps data"})
        return out

    def _rows_of_csr(self, rows: int, cols: int) -> int:
        """Rows of the result for a CSR matrix of this shape."""
        n = self._w.shape[1]
        if cols == self._blocks * n:
            return rows
        if cols == n and rows % max(self._blocks, 1) == 0:
            return rows // max(self._blocks, 1)
        raise ValueError(f"data must be of shape (rows, {self._blocks * n}) or "
                         f"(rows*{self._blocks}, {n}), not {(rows, cols)}")

    def _result(self, ndim: int, batch: int, out: NDArray[Any] | None,
                beta: SupportsFloat) -> tuple[NDArray[Any], Rows]:
        """`out`, checked, or a new array for the result; and its rows."""
        m = len(self._w)
        if out is None:
            if float(beta) != 0:
                raise ValueError("beta multiplies the old values of out: it needs an out")
            length = self._blocks * m
            shape = {1: (length,), 2: (batch, length), 3: (batch, self._blocks, m)}
            out = np.empty(shape[ndim], self.out_dtype)
        check_array("out", out, self.out_dtype)
        if not out.flags.writeable:
            raise ValueError("out is read-only")
        y = rows_of("out", out, self._blocks, m)
        if y.batch != batch:
            raise ValueError(f"data has {batch} rows, out {y.batch}")
        return out, y

    def describe(self) -> str:
        """One line: operator, types, route, kernels, threads, and which promises hold."""
        handle = self._open_handle()
        length = library.kron_eye_plan_describe(handle.pointer, None, 0)
        text = ctypes.create_string_buffer(length + 1)
        library.kron_eye_plan_describe(handle.pointer, text, length + 1)
        return text.value.decode()

    def _open_handle(self) -> _Handle:
        handle = self._handle
        if handle is None:
            raise ValueError("the plan is closed")
        return handle

    def close(self) -> None:
        """Lets the plan's memory go, once no apply is under way. May be called twice."""
        self._handle = None

    def __enter__(self) -> Plan:
        self._open_handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<kron_eye.Plan: {'closed' if self._handle is None else self.describe()}>"


def apply(w: ArrayLike, data: ArrayLike, blocks: SupportsIndex | None = None,
          out: NDArray[Any] | None = None, alpha: SupportsFloat = 1.0,
          beta: SupportsFloat = 0.0) -> NDArray[Any]:
    """
    (I_k (x) W) on each row of data, without forming the Kronecker product.

        apply(w, data)  ==  data @ np.kron(np.eye(k), w).T

    Parameters
    ----------
    w : (m, n) array of float32 or float64; see Plan
    data : (rows, k*n), (rows, k, n) or, one row, (k*n,), or a scipy.sparse CSR matrix; see
        Plan.apply
    blocks : k. Default: as many blocks of n as a row of data holds.
    out, alpha, beta : as in Plan.apply

    Returns
    -------
    (rows, k*m), (rows, k, m) or (k*m,) of w's type; out if given.

    To apply one w many times, or to choose how, make a Plan.
    """
    matrix = as_w(w)
    array: Any = data if is_sparse(data) else as_array("data", data, matrix.dtype)
    if blocks is None:
        blocks = _blocks_of(array, matrix.shape[1])
    with Plan(matrix, blocks, array.dtype) as plan:
        return plan.apply(array, out, alpha, beta)


def _blocks_of(data: NDArray[Any], n: int) -> int:
    if data.ndim == 3:
        return int(data.shape[1])
    if data.ndim == 0 or n == 0 or data.shape[-1] % n:
        raise ValueError(f"data of shape {data.shape} is not made of blocks of {n} values, "
                         "the columns of w")
    return int(data.shape[-1] // n)
