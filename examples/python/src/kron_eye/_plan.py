"""Plan: one W, or one for each block, packed once and applied to any number of rows."""

from __future__ import annotations

import ctypes
from typing import Any, SupportsFloat, SupportsIndex, Union

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._csr import check_values, csr_view, fault_of, is_sparse
from ._handle import Handle, Owner
from ._library import (ACTIVATIONS, UNSUPPORTED, Csr, Epilogue, Shape, check, kind_of, library)
from ._options import count, flag, number, options
from ._rows import Rows, as_array, check_array, check_out, result_shape, rows_of

Activation = Union[str, tuple[SupportsFloat, SupportsFloat], None]


def as_w(given: Any, dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
    """W as an array: one matrix, or one for each block. A list gets `dtype`, as in as_array."""
    w = as_array("w", given, dtype)
    if w.ndim not in (2, 3):
        raise ValueError(f"w must be of shape (m, n), or (k, m, n) for a W of each block, "
                         f"not {w.shape}")
    return w


class Plan(Owner):
    """
    The operator I_k (x) op(W) (x) I_right for rows of one element type, ready to apply.

    >>> plan = Plan(np.array([[1., 2.], [3., 4.], [5., 6.]]), blocks=3)
    >>> plan.apply(np.array([1., 0., 0., 1., 1., -1.]))
    array([ 1.,  3.,  5.,  2.,  4.,  6., -1., -1., -1.])

    Parameters
    ----------
    w : (m, n) array of float32 or float64, or what NumPy makes one of: a list of numbers is
        float64. Or (k, m, n), a W for each block. Copied, whatever its layout.
    blocks : k, the identity on the left. Default: 1, or as many as there are Ws.
    dtype : type of the data. Default: that of w. The pairs are float32 with float32, float64 with
        float64, float32 data with float64 w, uint8 data with float32 w; the result is of w's type.
    right : the identity on the right. A row of data holds k*n*right values, one of the result
        k*m*right.
    transpose : op(W) is W transposed; then w is (n, m), or (k, n, m).
    threads : most threads for one apply; 0 for as many as OpenMP would use.
    zeros : "auto", "skip" or "multiply" the zeros in the data; the result is the same.
    route : "auto", "kernel" (the library's own: a row's result does not depend on the other rows,
        bit for bit) or "blas".

    Any number of threads may apply a plan at once, each to its own `out`, and the interpreter runs
    on meanwhile. A plan can be copied and pickled: that makes a new plan from w and the options,
    for the machine that it arrives on. It frees its memory when it is collected, on close() or at
    the end of a `with` block.
    """

    _describe = library.kron_eye_plan_describe

    def __init__(self, w: ArrayLike, blocks: SupportsIndex | None = None,
                 dtype: DTypeLike | None = None, *, right: SupportsIndex = 1,
                 transpose: bool = False, threads: SupportsIndex = 0, zeros: str = "auto",
                 route: str = "auto") -> None:
        super().__init__()
        given = as_w(w)
        self._kind = kind_of(given.dtype if dtype is None else np.dtype(dtype), given.dtype)
        if blocks is None:
            blocks = 1 if given.ndim == 2 else len(given)
        self._blocks, self._right = count("blocks", blocks), count("right", right)
        if given.ndim == 3 and len(given) != self._blocks:
            raise ValueError(f"w {given.shape} has {len(given)} Ws for {self._blocks} blocks")
        self._transpose = flag("transpose", transpose)
        self._options: dict[str, Any] = {"threads": threads, "zeros": zeros, "route": route}
        self._w = self._own(given)
        self._handle = self._create(self._w)

    @staticmethod
    def _own(w: NDArray[Any]) -> NDArray[Any]:
        copy = np.array(w, order="C", subok=False)
        copy.flags.writeable = False
        return copy

    def _create(self, w: NDArray[Any]) -> Handle:
        m, n = self._matrix
        stored_rows, stored_columns = w.shape[-2:]
        shape = Shape(ctypes.sizeof(Shape), left=self._blocks, m=m, n=n, right=self._right,
                      op=self._transpose,
                      stridew=stored_rows * stored_columns if w.ndim == 3 else 0)
        pointer = ctypes.c_void_p()
        create = getattr(library, "kron_eye_plan_create_" + self._kind.suffix)
        status = create(pointer, shape, w.ctypes.data, stored_columns,
                        options(**self._options))
        if status == UNSUPPORTED:
            raise ValueError(
                f"no route blas for data of {self._kind.data} with w of {self._kind.w}")
        check(status, {2: f"{self._blocks} blocks of w {w.shape} with right {self._right} "
                          "do not fit in memory"})
        return Handle(pointer, library.kron_eye_plan_destroy)

    def __getstate__(self) -> dict[str, Any]:
        self._open_handle()
        return {"w": self._w, "blocks": self._blocks, "dtype": self.dtype, "right": self._right,
                "transpose": self._transpose, **self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Plan.__init__(self, **state)

    @property
    def w(self) -> NDArray[Any]:
        """The plan's own copy of W as it was given, read-only."""
        return self._w

    @property
    def blocks(self) -> int:
        """k, the identity on the left."""
        return self._blocks

    @property
    def right(self) -> int:
        """The identity on the right."""
        return self._right

    @property
    def transpose(self) -> bool:
        """Whether op(W) is W transposed."""
        return self._transpose

    @property
    def _matrix(self) -> tuple[int, int]:
        """(m, n), the shape of op(W)."""
        rows, columns = self._w.shape[-2:]
        return (columns, rows) if self._transpose else (rows, columns)

    @property
    def shape(self) -> tuple[int, int]:
        """(k*m*right, k*n*right), the shape of the operator."""
        m, n = self._matrix
        return self._blocks * m * self._right, self._blocks * n * self._right

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the data."""
        return self._kind.data

    @property
    def out_dtype(self) -> np.dtype[Any]:
        """The type of W and of the result."""
        return self._kind.w

    def _row(self, size: int) -> tuple[int, ...]:
        """A row of blocks of op(W)'s m or n."""
        return (self._blocks, size) + ((self._right,) if self._right != 1 else ())

    def apply(self, data: ArrayLike, out: NDArray[Any] | None = None,
              alpha: SupportsFloat = 1.0, beta: SupportsFloat = 0.0, *,
              bias: ArrayLike | None = None, activation: Activation = None) -> NDArray[Any]:
        """
        out = act(alpha * (I_k (x) op(W) (x) I_right) data + beta * out + bias), for each row.

        In einsum's words: rajc,ij->raic, or rajc,aij->raic with a W for each block.

        Parameters
        ----------
        data : (rows, k*n*right), (rows, k, n), (rows, k, n, right) where right is not 1, or, one
            row, (k*n*right,)
            Each row contiguous, rows any stride apart (a slice of columns is welcome), or one row
            for all by numpy.broadcast_to. An array is never copied: any other layout is a
            ValueError, any other type a TypeError. Nested lists of numbers, and what has
            `__array__`, become arrays first, as in NumPy's own functions.
            Or a scipy.sparse CSR matrix of floats, (rows, k*n), or (rows*k, n) with a block in
            each of its rows, where right is 1. Only stored entries multiply.
        out : as many rows, in any of these forms with m for n; not read if beta is 0.
            Default: a new array in the form of the data.
        alpha, beta : numbers. beta needs an out.
        bias : (m,), or (k, m) for each block its own, of w's type; for dense data
        activation : None, "relu", or (low, high) to clamp. A NaN stays a NaN. For dense data.

        Returns
        -------
        out
        """
        m, n = self._matrix
        if is_sparse(data):
            if bias is not None or activation is not None:
                raise ValueError("bias and activation are for dense data, not for CSR")
            return self._apply_csr(csr_view(data, self.dtype), out, alpha, beta)
        array = check_array("data", as_array("data", data, self.dtype), self.dtype)
        x = rows_of("data", array, self._row(n), repeats=True)
        shape = result_shape(array, x.batch, self._row(m))
        out = check_out("out", out, shape, self.out_dtype, beta)
        y = rows_of("out", out, self._row(m))
        self._run(x, y, alpha, beta, *self._epilogue(bias, activation))
        return out

    __call__ = apply

    def _run(self, x: Rows, y: Rows, alpha: SupportsFloat, beta: SupportsFloat,
             epilogue: Epilogue | None = None, bias: NDArray[Any] | None = None,
             name: str = "data") -> None:
        """`bias` is held until the call has ended. `name` is that of x."""
        if x.batch != y.batch:
            raise ValueError(f"{name} has {x.batch} rows, out {y.batch}")
        function = getattr(library, "kron_eye_apply_fused_" + self._kind.suffix)
        with self._in_use() as pointer:
            check(function(pointer, x.batch, number("alpha", alpha), x.address, x.stride,
                           number("beta", beta), y.address, y.stride, epilogue),
                  {7: f"out overlaps {name}"})

    def _epilogue(self, bias: ArrayLike | None, activation: Activation
                  ) -> tuple[Epilogue | None, NDArray[Any] | None]:
        if bias is None and activation is None:
            return None, None
        bounds = (0.0, 0.0)
        if isinstance(activation, tuple) and len(activation) == 2:
            bounds = (number("activation's low", activation[0]),
                      number("activation's high", activation[1]))
            activation = "clamp"
            if not bounds[0] <= bounds[1]:
                raise ValueError(f"activation (low, high) must have low <= high, not {bounds}")
        elif activation is not None and not (isinstance(activation, str) and activation == "relu"):
            raise ValueError(f"activation must be None, 'relu' or (low, high), not {activation!r}")
        epilogue = Epilogue(ctypes.sizeof(Epilogue), activation=ACTIVATIONS[activation],
                            low=bounds[0], high=bounds[1])
        if bias is None:
            return epilogue, None
        values = as_array("bias", bias, self.out_dtype)
        m = self._matrix[0]
        if values.dtype != self.out_dtype:
            raise TypeError(f"bias must be of dtype {self.out_dtype}, not {values.dtype}; "
                            f"bias.astype({self.out_dtype.name!r}) is")
        if values.shape not in ((m,), (self._blocks, m)):
            raise ValueError(f"bias must be of shape ({m},) or ({self._blocks}, {m}), "
                             f"not {values.shape}")
        values = np.array(values, order="C")  # out may share memory with what was given
        epilogue.bias = values.ctypes.data
        epilogue.bias_stride = m if values.ndim == 2 else 0
        return epilogue, values

    def _apply_csr(self, x: Csr, out: NDArray[Any] | None, alpha: SupportsFloat,
                   beta: SupportsFloat) -> NDArray[Any]:
        m = self._matrix[0]
        if self._right != 1:
            raise ValueError(f"CSR data need right = 1, and the plan has {self._right}")
        batch = self._rows_of_csr(x.rows, x.cols)
        out = check_out("out", out, (batch, self._blocks * m), self.out_dtype, beta)
        y = rows_of("out", out, self._row(m))
        if y.batch != batch:
            raise ValueError(f"data has {batch} rows, out {y.batch}")
        function = getattr(library, "kron_eye_apply_csr_" + self._kind.suffix)
        with self._in_use() as pointer:
            status = function(pointer, batch, number("alpha", alpha), x, number("beta", beta),
                              y.address, y.stride)
        check(status, {4: fault_of(x) if status == -4 else "", 6: "out overlaps data"})
        return out

    def _rows_of_csr(self, rows: int, cols: int) -> int:
        """Rows of the result for a CSR matrix of this shape."""
        n = self._matrix[1]
        if cols == self._blocks * n:
            return rows
        if cols == n and rows % max(self._blocks, 1) == 0:
            return rows // max(self._blocks, 1)
        raise ValueError(f"data must be of shape (rows, {self._blocks * n}) or "
                         f"(rows*{self._blocks}, {n}), not {(rows, cols)}")

    def update(self, w: ArrayLike) -> None:
        """
        Gives the plan a new W of the same shape and type: cheaper than a new plan.

        An apply under way in another thread ends with the W that it began with.
        """
        given = as_w(w, self.out_dtype)
        if given.shape != self._w.shape or given.dtype != self._w.dtype:
            raise ValueError(f"w must be {self._w.shape} of {self._w.dtype} as before, "
                             f"not {given.shape} of {given.dtype}")
        own = self._own(given)
        with self._lock:
            handle = self._open_handle()
            if handle.users:
                self._handle = self._create(own)
            else:
                function = getattr(library, "kron_eye_plan_update_" + self._kind.suffix)
                check(function(handle.pointer, own.ctypes.data, own.shape[-1]), {})
            self._w = own


def apply(w: ArrayLike, data: ArrayLike, blocks: SupportsIndex | None = None,
          out: NDArray[Any] | None = None, alpha: SupportsFloat = 1.0,
          beta: SupportsFloat = 0.0, *, right: SupportsIndex = 1, transpose: bool = False,
          bias: ArrayLike | None = None, activation: Activation = None) -> NDArray[Any]:
    """
    (I_k (x) op(W) (x) I_right) on each row of data, without forming the Kronecker product.

    >>> w = np.array([[1., 2.], [3., 4.], [5., 6.]])
    >>> data = np.array([[1., 0., 0., 1., 1., -1.]])
    >>> apply(w, data)
    array([[ 1.,  3.,  5.,  2.,  4.,  6., -1., -1., -1.]])
    >>> data @ np.kron(np.eye(3), w).T
    array([[ 1.,  3.,  5.,  2.,  4.,  6., -1., -1., -1.]])

    Parameters
    ----------
    w : (m, n) array of float32 or float64, or (k, m, n) for a W of each block; see Plan
    data : (rows, k*n*right), (rows, k, n), (rows, k, n, right) or, one row, (k*n*right,), or a
        scipy.sparse CSR matrix; see Plan.apply
    blocks : k. Default: as many blocks as a row of data holds.
    out, alpha, beta, bias, activation : as in Plan.apply
    right, transpose : as in Plan

    Returns
    -------
    (rows, k*m*right), (rows, k, m), (rows, k, m, right) or (k*m*right,) of w's type; out if given.

    To apply one w many times, or to choose how, make a Plan.
    """
    matrix = as_w(w)
    array: Any = data if is_sparse(data) else as_array("data", data, matrix.dtype)
    if is_sparse(data) and array.dtype.kind == "c":  # which kind_of would take for dense
        check_values(array.dtype)
    kind_of(array.dtype, matrix.dtype)
    if blocks is None:
        n = matrix.shape[-2 if flag("transpose", transpose) else -1]
        blocks = len(matrix) if matrix.ndim == 3 else _blocks_of(array, n, count("right", right))
    with Plan(matrix, blocks, array.dtype, right=right, transpose=transpose) as plan:
        return plan.apply(array, out, alpha, beta, bias=bias, activation=activation)


def _blocks_of(data: NDArray[Any], n: int, right: int) -> int:
    if data.ndim == (3 if right == 1 else 4):
        return int(data.shape[1])
    with_right = "" if right == 1 else f" times right = {right}"
    if n * right == 0:
        raise ValueError(f"blocks must be given where a block has no values: op(w) has {n} "
                         f"columns{with_right}")
    if data.ndim == 0 or data.shape[-1] % (n * right):
        raise ValueError(f"data of shape {data.shape} is not made of blocks of {n * right} values, "
                         f"the columns of op(w){with_right}{_forgotten(data, n, right)}")
    return int(data.shape[-1] // (n * right))


def _forgotten(data: NDArray[Any], n: int, right: int) -> str:
    if data.ndim == 4 and right == 1 and data.shape[2] == n:
        return f"; right={data.shape[3]} takes it"
    if data.ndim == 2 and data.shape[0] % (n * right) == 0:
        return "; the blocks lie along a row of data: numpy.ascontiguousarray(data.T) has such rows"
    return ""
