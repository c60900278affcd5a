"""Chain: a Kronecker product of several matrices and identities, applied one by one."""

from __future__ import annotations

import ctypes
import math
import operator
from collections.abc import Sequence
from typing import Any, SupportsFloat, SupportsIndex, Union

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._handle import Handle, Owner
from ._library import IDENTITY, MATRIX, Factor, check, kind_of_one, library
from ._options import count, number, options
from ._rows import as_array, check_array, check_out, result_shape, rows_of


def _as_factor(number: int, given: Any) -> int | NDArray[Any]:
    """An integer, the order of an identity, or a matrix of the chain's own."""
    if not isinstance(given, np.ndarray):
        try:
            return count(f"factor {number}, an identity,", operator.index(given))
        except TypeError:
            pass
    matrix = as_array(f"factor {number}", given)
    if matrix.ndim != 2:
        raise ValueError(f"factor {number} must be an integer, the order of an identity, or of "
                         f"shape (m, n), not {matrix.shape}")
    return matrix


class Chain(Owner):
    """
    F_1 (x) F_2 (x) ... (x) F_q, of matrices and identities, for rows of one element type.

    >>> a, b = np.array([[1., 2.]]), np.array([[0., 1.], [1., 1.], [2., 1.]])
    >>> chain = Chain([a, 2, b])
    >>> chain.shape
    (6, 8)
    >>> x = np.arange(8.)
    >>> bool((chain.apply(x) == np.kron(np.kron(a, np.eye(2)), b) @ x).all())
    True

    Parameters
    ----------
    factors : from left to right: (m, n) arrays, all of float32 or all of float64, which are copied,
        and integers, the orders of identities
    dtype : type of matrices, data and result. Default: that of the matrices, or float64.
    threads, zeros, route : as in Plan, for each step

    The steps go in the order that costs the fewest multiply-adds, which describe() tells. May be
    applied by several threads at once, copied, pickled and closed as a Plan.
    """

    _describe = library.kron_eye_chain_describe

    def __init__(self, factors: Sequence[Union[ArrayLike, SupportsIndex]],
                 dtype: DTypeLike | None = None, *, threads: SupportsIndex = 0,
                 zeros: str = "auto", route: str = "auto") -> None:
        super().__init__()
        given = [_as_factor(number, factor) for number, factor in enumerate(factors, start=1)]
        types = {factor.dtype for factor in given if isinstance(factor, np.ndarray)}
        if dtype is not None:
            types.add(np.dtype(dtype))
        if len(types) > 1:
            raise TypeError("a chain has one type, and the factors or dtype have "
                            f"{', '.join(sorted(map(str, types)))}")
        own = types.pop() if types else np.dtype(np.float64)
        self._kind = kind_of_one("factors", own)
        self._factors = tuple(factor if isinstance(factor, int) else self._own(factor)
                              for factor in given)
        self._options: dict[str, Any] = {"threads": threads, "zeros": zeros, "route": route}
        self._handle = self._create()

    @staticmethod
    def _own(matrix: NDArray[Any]) -> NDArray[Any]:
        copy = np.array(matrix, order="C", subok=False)
        copy.flags.writeable = False
        return copy

    def _create(self) -> Handle:
        size = ctypes.sizeof(Factor)
        factors = (Factor * len(self._factors))(*(
            Factor(size, IDENTITY, m=factor, n=factor) if isinstance(factor, int) else
            Factor(size, MATRIX, m=len(factor), n=factor.shape[1], w=factor.ctypes.data,
                   ldw=factor.shape[1])
            for factor in self._factors))
        pointer = ctypes.c_void_p()
        create = getattr(library, "kron_eye_chain_create_" + self._kind.suffix)
        check(create(pointer, len(factors), factors, options(**self._options)),
              {3: f"a chain of shape {self.shape}, or a step of it, does not fit in memory"})
        return Handle(pointer, library.kron_eye_chain_destroy)

    def __getstate__(self) -> dict[str, Any]:
        self._open_handle()
        return {"factors": self._factors, "dtype": self.dtype, **self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Chain.__init__(self, **state)

    @property
    def factors(self) -> tuple[int | NDArray[Any], ...]:
        """Identities as integers, and the chain's own copies of the matrices, read-only."""
        return self._factors

    @property
    def _outputs(self) -> tuple[int, ...]:
        return tuple(f if isinstance(f, int) else len(f) for f in self._factors)

    @property
    def _inputs(self) -> tuple[int, ...]:
        return tuple(f if isinstance(f, int) else f.shape[1] for f in self._factors)

    @property
    def shape(self) -> tuple[int, int]:
        """The products of the factors' rows and of their columns."""
        return math.prod(self._outputs), math.prod(self._inputs)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of matrices, data and result."""
        return self._kind.data

    @property
    def T(self) -> Chain:
        """A new chain: the transposed operator, of the transposed factors in the same order."""
        self._open_handle()
        return Chain([f if isinstance(f, int) else f.T for f in self._factors], self.dtype,
                     **self._options)

    def apply(self, data: ArrayLike, out: NDArray[Any] | None = None, alpha: SupportsFloat = 1.0,
              beta: SupportsFloat = 0.0) -> NDArray[Any]:
        """
        out = alpha * (F_1 (x) ... (x) F_q) data + beta * out, for each row.

        Parameters
        ----------
        data : (rows, N) or, one row, (N,), with N the product of the factors' columns, or
            (rows, n_1, ..., n_q) for at least two factors; layouts as in Plan.apply
        out : as many rows, in any of these forms with the factors' rows for their columns.
            Default: a new array in the form of the data.
        alpha, beta : numbers. beta needs an out.

        Returns
        -------
        out
        """
        array = check_array("data", as_array("data", data, self.dtype), self.dtype)
        x = rows_of("data", array, self._inputs, repeats=True)
        shape = result_shape(array, x.batch, self._outputs)
        out = check_out("out", out, shape, self.dtype, beta)
        y = rows_of("out", out, self._outputs)
        if x.batch != y.batch:
            raise ValueError(f"data has {x.batch} rows, out {y.batch}")
        function = getattr(library, "kron_eye_chain_apply_" + self._kind.suffix)
        with self._in_use() as pointer:
            check(function(pointer, x.batch, number("alpha", alpha), x.address, x.stride,
                           number("beta", beta), y.address, y.stride, None, 0),
                  {7: "out overlaps data"})
        return out

    __call__ = apply
