"""
Products on Dask arrays. A chunk is a task, and a task computes on one thread.

    apply(w, x)                       (I_k (x) W) on each row of x, lazily
    from_npy(path, rows), to_npy(path, y)
                                      files larger than memory, through tasks of some rows

The scheduler may be of threads, of processes or dask.distributed's: W travels as a pickled Plan,
and each worker packs it for its own machine. A row's bits do not depend on the chunks, as long as
the route is the library's own kernels.
"""

from __future__ import annotations

import os
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    import dask.array as da
    from dask import delayed
    from dask.base import tokenize
except ImportError as error:
    raise ImportError("kron_eye.dask needs Dask's arrays: pip install 'dask[array]' (Debian: "
                      "python3-dask)", name="dask") from error

from ._library import kind_of
from ._plan import Plan, as_w

__all__ = ["apply", "from_npy", "to_npy"]


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
    w : (m, n) array of float32 or float64, as kron_eye.Plan takes it
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
    m, n = matrix.shape
    if not isinstance(x, da.Array):
        raise TypeError(f"x must be a dask.array.Array, not {type(x).__name__}; kron_eye.apply "
                        "takes NumPy's")
    if x.ndim not in (1, 2, 3) or n == 0:
        raise ValueError(f"x of shape {x.shape} is not (rows, k*{n}), (rows, k, {n}) or (k*{n},)")
    out_dtype = kind_of(x.dtype, matrix.dtype).w
    _need_whole(x, x.ndim - 1, n)
    if x.ndim == 3 and x.shape[2] != n:
        raise ValueError(f"x of shape {x.shape} has no blocks of {n} values, the columns of w")
    axis = min(x.ndim - 1, 1)
    counts = [width if x.ndim == 3 else width // n for width in x.chunks[axis]]
    if blocks is not None and blocks != sum(counts):
        raise ValueError(f"x of shape {x.shape} has {sum(counts)} blocks, not {blocks}")

    options = {"threads": 1, "zeros": zeros, "route": route}
    plans = {count: Plan(matrix, count, x.dtype, **options) for count in set(counts)}
    shared = delayed(  # one object in the graph, and not one in each task
        _Plans([plans[count] for count in counts], axis, float(alpha)), traverse=False,
        name="kron_eye-plans-" + tokenize(matrix, counts, str(x.dtype), options, float(alpha)))
    chunks = list(x.chunks)
    chunks[-1] = (m,) if x.ndim == 3 else tuple(count * m for count in counts)
    return x.map_blocks(_apply_to_chunk, plans=shared, dtype=out_dtype, chunks=tuple(chunks),
                        meta=np.empty((0,) * x.ndim, out_dtype))


class _NpyFile:
    """
    A .npy file that is mapped by whoever reads or writes a part of it, in whichever process.

    Not a memmap itself, of which Dask's from_array copies the whole.
    """

    def __init__(self, path: Any) -> None:
        self.path = os.path.abspath(path)
        array = np.load(self.path, mmap_mode="r")
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
    file = _NpyFile(path)
    status = os.stat(file.path)
    name = "kron_eye-npy-" + tokenize(file.path, status.st_mtime_ns, status.st_size, int(rows))
    return da.from_array(file, chunks=(int(rows),) + file.shape[1:], name=name)


def to_npy(path: str | os.PathLike[str], y: Any) -> None:
    """
    Computes a Dask array into a new .npy file, chunk by chunk.

    Workers write their own parts of it, so all of them need a file system that they share.
    """
    if any(width != width for axis in y.chunks for width in axis):
        raise ValueError("y has chunks of unknown size: y.compute_chunk_sizes() finds them out")
    np.lib.format.open_memmap(path, "w+", y.dtype, y.shape).flush()
    da.store(y, _NpyFile(path), lock=False)
