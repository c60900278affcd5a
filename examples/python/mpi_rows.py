#!/usr/bin/env python3
"""
y = (I_k (x) W) x for the rows of a .npy file, over MPI: each rank has its rows.

    mpiexec -n 4 python3 mpi_rows.py x.npy w.npy y.npy

x.npy is (rows, k*n), w.npy (m, n); y.npy, one file, becomes (rows, k*m). The rows are split as
kron_eye_mpi_local_rows of the C library splits them. No rank reads or holds another's rows, and
apply itself needs no communication.
"""

import argparse
import os
import sys

import numpy as np
from mpi4py import MPI

import kron_eye

PIECE = 1 << 28  # bytes that a rank computes and writes at a time; MPI counts up to 2^31 - 1


def local_rows(rows, comm):
    """First row and number of rows of this rank: rows // size each, the first ones one more."""
    each, more = divmod(rows, comm.size)
    return comm.rank * each + min(comm.rank, more), each + (comm.rank < more)


def create_npy(path, dtype, shape):
    """A .npy file of this shape with its values left as a hole. Returns where they start."""
    with open(path, "wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
                  "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        start = file.tell()
        file.truncate(start + int(np.prod(shape)) * np.dtype(dtype).itemsize)
    return start


def on_root(comm, function):
    """function() on rank 0, its result everywhere; an exception ends all ranks alike."""
    result = failure = None
    if comm.rank == 0:
        try:
            result = function()
        except Exception as error:
            failure = error
    result, failure = comm.bcast((result, failure))
    if failure is not None:
        raise failure
    return result


def apply_file(x_path, w_path, y_path, comm, piece=PIECE):
    """Computes y.npy. Collective: all ranks call it with the same arguments."""
    def prepare():
        w = np.load(w_path)
        x = np.load(x_path, mmap_mode="r")
        if w.ndim != 2 or x.ndim != 2 or w.shape[1] == 0 or x.shape[1] % w.shape[1]:
            raise ValueError(f"x {x.shape} and w {w.shape} do not make (rows, k*n) and (m, n)")
        if not x.flags.c_contiguous:
            raise ValueError(f"{x_path} is in Fortran order")
        if os.path.exists(y_path) and any(os.path.samefile(y_path, path)
                                          for path in (x_path, w_path)):
            raise ValueError(f"{y_path} is an input")
        blocks = x.shape[1] // w.shape[1]
        plan = kron_eye.Plan(w, blocks, x.dtype)
        shape = (len(x), plan.shape[0])
        return plan, shape, create_npy(y_path, plan.out_dtype, shape)

    plan, (rows, length), start = on_root(comm, prepare)  # the plan travels by pickle
    x = np.load(x_path, mmap_mode="r")
    first, count = local_rows(rows, comm)
    row_bytes = length * plan.out_dtype.itemsize
    step = max(piece // max(row_bytes, 1), 1)
    most = -(-rows // comm.size)
    file = MPI.File.Open(comm, y_path, MPI.MODE_WRONLY)
    for number in range(-(-most // step)):  # as many on each rank: writing is collective
        here = slice(first + min(number * step, count), first + min((number + 1) * step, count))
        file.Write_at_all(start + here.start * row_bytes, plan.apply(x[here]))
    file.Close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("x", "w", "y"):
        parser.add_argument(name, metavar=f"{name}.npy")
    options = parser.parse_args()
    comm = MPI.COMM_WORLD
    try:
        apply_file(options.x, options.w, options.y, comm)
    except (OSError, TypeError, ValueError) as error:
        if comm.rank == 0:
            print(f"mpi_rows.py: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
