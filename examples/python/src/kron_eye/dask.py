"""
Products on Dask arrays. A chunk is a task, and a task computes on one thread.

    apply(w, x)                       (I_k (x) W) on each row of x, lazily
    mode_product(w, x, axis)          W along one axis of x, lazily
    from_npy(path, rows), to_npy(path, y)
                                      files larger than memory, through tasks of some rows

The scheduler may be of threads, of processes or dask.distributed's: W travels as a pickled Plan,
and each worker packs it for its own machine. A row's bits do not depend on the chunks, as long as
the route is the library's own kernels.
"""

from __future__ import annotations

import os
from itertools import accumulate
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    import dask.array
    from dask.base import tokenize
    from dask.delayed import delayed
except ImportError as error:
    raise ImportError("kron_eye.dask needs Dask's arrays: pip install 'dask[array]' (Debian: "
                      "python3-dask)", name="dask") from error

from ._library import kind_of
from ._mode import mode_product as mode_product_of_array
from ._options import count, flag, integer, number
from ._plan import Plan, as_w

__all__ = ["apply", "from_npy", "mode_product", "to_npy"]

da: Any = dask.array


class _Plans:
    """The plan of each chunk along the axis of blocks; equal ones are one object."""

    def __init__(self, plans: list[Plan], axis: int, alpha: float) -> None:
        self.plans, self.axis, self.alpha = plans, axis, alpha


def _apply_to_chunk(chunk: NDArray[Any], plans: _Plans,
                    block_id: tuple[int, ...] | None = None) -> NDArray[Any]:
    assert block_id is not None
    plan = plans.plans[block_id[plans.axis]]
    try:
        return plan.apply(chunk, alpha=plans.alpha)
    except ValueError:  # tasks before may leave any layout, and the network no alignment
        return plan.apply(np.array(chunk, order="C"), alpha=plans.alpha)


def _need_whole(x: Any, axis: int, n: int) -> None:
    """Refuses chunks that cut a block of n values."""
    widths = x.chunks[axis]
    if any(width != width for width in widths):
        raise ValueError(f"x has chunks of unknown size along axis {axis}: "
                         "x.compute_chunk_sizes() finds them out")
    if x.ndim == 3:
        if len(widths) > 1:
            raise ValueError(f"chunks of {widths} values cut the blocks of {n} along axis 2: "
                             "x.rechunk({2: -1}) leaves them whole")
    elif any(width % n for width in widths):
        whole = max(max(widths) // n, 1) * n
        raise ValueError(f"chunks of {_some(widths)} values along axis {axis} cut blocks of {n}, "
                         f"the columns of w: x.rechunk({{{axis}: {whole}}}) leaves them whole")


def _some(widths: tuple[int, ...]) -> str:
    distinct = sorted(set(widths))
    return ", ".join(map(str, distinct[:4])) + (", ..." if len(distinct) > 4 else "")


def apply(w: ArrayLike, x: Any, blocks: SupportsIndex | None = None, *,
          alpha: SupportsFloat = 1.0, zeros: str = "auto", route: str = "kernel") -> Any:
    """
    alpha * (I_k (x) W) on each row of a Dask array: a Dask array of w's type.

    Parameters
    ----------
    w : (m, n) array of float32 or float64, or (k, m, n), as kron_eye.Plan takes it
    x : Dask array, (rows, k*n), (rows, k, n) or, one row, (k*n,). Its chunks hold whole blocks of
        n; rows may be of any number, and unknown.
    blocks : k, to check that x has as many. Default: as many as x has.
    alpha : factor
    zeros, route : as for kron_eye.Plan. The BLAS has a setting of its own for threads, so "auto"
        may use more than one a task.

    Returns
    -------
    Dask array, (rows, k*m), (rows, k, m) or (k*m,), with x's chunks of rows
    """
    matrix = as_w(w)
    m, n = matrix.shape[-2:]
    _need_dask(x, "kron_eye.apply")
    if x.ndim not in (1, 2, 3) or n == 0:
        raise ValueError(f"x of shape {x.shape} is not (rows, k*{n}), (rows, k, {n}) or (k*{n},)")
    out_dtype = kind_of(x.dtype, matrix.dtype, "x").w
    _need_whole(x, x.ndim - 1, n)
    if x.ndim == 3 and x.shape[2] != n:
        raise ValueError(f"x of shape {x.shape} has no blocks of {n} values, the columns of w")
    axis = min(x.ndim - 1, 1)
    counts = [width if x.ndim == 3 else width // n for width in x.chunks[axis]]
    if blocks is not None and integer("blocks", blocks) != sum(counts):
        raise ValueError(f"x of shape {x.shape} has {sum(counts)} blocks, not {blocks}")

    if matrix.ndim == 3 and len(matrix) != sum(counts):
        raise ValueError(f"w {matrix.shape} has {len(matrix)} Ws for {sum(counts)} blocks")

    factor = number("alpha", alpha)
    options: dict[str, Any] = {"threads": 1, "zeros": zeros, "route": route}
    if matrix.ndim == 3:
        ends = list(accumulate(counts))
        plans = [Plan(matrix[end - count:end], count, x.dtype, **options)
                 for end, count in zip(ends, counts)]
    else:
        of_width = {count: Plan(matrix, count, x.dtype, **options) for count in set(counts)}
        plans = [of_width[count] for count in counts]
    shared = delayed(  # one object in the graph, and not one in each task
        _Plans(plans, axis, factor), traverse=False,
        name="kron_eye-plans-" + tokenize(matrix, counts, str(x.dtype), options, factor))
    chunks = list(x.chunks)
    chunks[-1] = (m,) if x.ndim == 3 else tuple(count * m for count in counts)
    return da.map_blocks(_apply_to_chunk, x, plans=shared, dtype=out_dtype, chunks=tuple(chunks),
                        meta=np.empty((0,) * x.ndim, out_dtype))


class _Matrix:
    """W with its options, as one object in a graph."""

    def __init__(self, w: NDArray[Any], axis: int, options: dict[str, Any]) -> None:
        self.w, self.axis, self.options = w, axis, options


def _mode_product_of_chunk(chunk: NDArray[Any], matrix: _Matrix) -> NDArray[Any]:
    if not chunk.flags.c_contiguous or not chunk.flags.aligned:
        chunk = np.array(chunk, order="C")
    return mode_product_of_array(matrix.w, chunk, matrix.axis, **matrix.options)


def mode_product(w: ArrayLike, x: Any, axis: SupportsIndex = -1, *, alpha: SupportsFloat = 1.0,
                 transpose: bool = False, zeros: str = "auto", route: str = "kernel") -> Any:
    """
    alpha * op(W) along one axis of a Dask array; the others stay, and so do their chunks.

    Parameters
    ----------
    w : (m, n) array of float32 or float64
    x : Dask array with n values along the axis, in one chunk
    axis, alpha, transpose : as in kron_eye.mode_product
    zeros, route : as in kron_eye.dask.apply

    Returns
    -------
    Dask array of w's type
    """
    matrix = as_w(w)
    if matrix.ndim != 2:
        raise ValueError(f"w must be of shape (m, n), not {matrix.shape}")
    _need_dask(x, "kron_eye.mode_product")
    m, n = matrix.shape[::-1] if flag("transpose", transpose) else matrix.shape
    d = integer("axis", axis)
    if not -x.ndim <= d < x.ndim:
        raise ValueError(f"axis {d} is out of bounds for an array of dimension {x.ndim}")
    d %= x.ndim
    if x.shape[d] != n:
        raise ValueError(f"x of shape {x.shape} has {x.shape[d]} values along axis {d}, and op(w) "
                         f"{n} columns")
    if len(x.chunks[d]) > 1:
        raise ValueError(f"chunks of {_some(x.chunks[d])} values cut axis {d}, along which w is "
                         f"multiplied: x.rechunk({{{d}: -1}}) leaves it whole")
    out_dtype = kind_of(x.dtype, matrix.dtype, "x").w
    options: dict[str, Any] = {"alpha": number("alpha", alpha), "transpose": transpose, "threads": 1,
                               "zeros": zeros, "route": route}
    shared = delayed(_Matrix(np.array(matrix), d, options), traverse=False,
                     name="kron_eye-w-" + tokenize(matrix, d, options))
    chunks = x.chunks[:d] + ((m,),) + x.chunks[d + 1:]
    return da.map_blocks(_mode_product_of_chunk, x, matrix=shared, dtype=out_dtype, chunks=chunks,
                         meta=np.empty((0,) * x.ndim, out_dtype))


def _need_dask(x: Any, instead: str, name: str = "x") -> None:
    if not isinstance(x, da.Array):
        raise TypeError(f"{name} must be a dask.array.Array, not {type(x).__name__}; {instead} takes "
                        "NumPy's")


class _NpyFile:
    """
    A .npy file that is mapped by whoever reads or writes a part of it, in whichever process.

    Not a memmap itself, of which Dask's from_array copies the whole.
    """

    def __init__(self, path: Any) -> None:
        self.path = os.path.abspath(path)
        array = np.load(self.path, mmap_mode="r")
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{self.path} is an archive of several arrays (.npz), not a .npy file")
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    def __getitem__(self, part: Any) -> NDArray[Any]:
        return np.asarray(np.load(self.path, mmap_mode="r")[part])

    def __setitem__(self, part: Any, values: NDArray[Any]) -> None:
        np.load(self.path, mmap_mode="r+")[part] = values


def from_npy(path: str | os.PathLike[str], rows: SupportsIndex) -> Any:
    """
    The array in a .npy file as a Dask array with chunks of so many rows.

    Tasks map the part of the file that they need: nothing is read before, and nothing stays. The
    path must lead to the file on all workers.
    """
    height = count("rows", rows)
    if height == 0:
        raise ValueError("rows must be at least 1, not 0")
    file = _NpyFile(path)
    status = os.stat(file.path)
    name = "kron_eye-npy-" + tokenize(file.path, status.st_mtime_ns, status.st_size, height)
    return da.from_array(file, chunks=(height,) + file.shape[1:], name=name)


def to_npy(path: str | os.PathLike[str], y: Any) -> None:
    """
    Computes a Dask array into a new .npy file, chunk by chunk.

    Workers write their own parts of it, so all of them need a file system that they share. The file
    has another name until all is written, so y may be made of the file that it replaces.
    """
    _need_dask(y, "numpy.save", "y")
    if any(width != width for axis in y.chunks for width in axis):
        raise ValueError("y has chunks of unknown size: y.compute_chunk_sizes() finds them out")
    unfinished = f"{os.path.abspath(path)}.{os.getpid()}.part"
    try:
        np.lib.format.open_memmap(unfinished, "w+", y.dtype, y.shape).flush()
        da.store(y, _NpyFile(unfinished), lock=False)
        os.replace(unfinished, path)
    except BaseException:
        if os.path.exists(unfinished):
            os.remove(unfinished)
        raise
