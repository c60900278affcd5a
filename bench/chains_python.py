#!/usr/bin/env python3
"""Kronecker chains in Python: kron_eye (a shared library, through ctypes), FastKron and NumPy.

    pip install numpy pyfastkron
    OMP_NUM_THREADS=1 python3 bench/chains_python.py build/.../libkron_eye.so [ROUNDS]

The forms run in turn, round by round; times are medians of processor time. FastKron is called
through its own Python package, which allocates its intermediate arrays and result in each call;
its factors are the transposes of ours, as it multiplies rows from the right. NumPy is reshape and
tensordot, one factor after the other, the last one first, and a copy to C order at the end.
"""

import ctypes
import math
import statistics
import sys
import time

import numpy as np

try:
    from pyfastkron import fastkronnumpy
except ImportError:
    fastkronnumpy = None

CASES = [
    ([(8, 8)] * 6, 16), ([(16, 16)] * 4, 16), ([(32, 32)] * 3, 128), ([(4, 4)] * 8, 16),
    ([(64, 64)] * 2, 256), ([(2, 2)] * 20, 1), ([(2, 4), (40, 100)], 256),
    ([(4, 2), (100, 40)], 256), ([(3, 5), (7, 4), (6, 9)], 64),
    ([(8, 8), 64, (8, 8)], 64), ([30, (30, 784)], 20), ([(30, 784), 30], 20),
]


class Factor(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("kind", ctypes.c_int), ("op", ctypes.c_int),
                ("reserved", ctypes.c_int), ("m", ctypes.c_size_t), ("n", ctypes.c_size_t),
                ("w", ctypes.c_void_p), ("ldw", ctypes.c_size_t)]


def kron_eye_form(library, ws, x, transposed):
    """A function that applies the chain, and its result; an int is an identity."""
    suffix, real = {4: ("f32", ctypes.c_float), 8: ("f64", ctypes.c_double)}[x.itemsize]
    factors = (Factor * len(ws))()
    stored = []
    for f, w in zip(factors, ws):
        f.size = ctypes.sizeof(Factor)
        if isinstance(w, int):
            f.kind, f.m, f.n = 1, w, w
            continue
        stored.append(np.ascontiguousarray(w.T if transposed else w))
        f.m, f.n, f.op = w.shape[0], w.shape[1], int(transposed)
        f.w, f.ldw = stored[-1].ctypes.data, stored[-1].shape[1]
    chain = ctypes.c_void_p()
    status = getattr(library, f"kron_eye_chain_create_{suffix}")(
        ctypes.byref(chain), ctypes.c_size_t(len(ws)), factors, None)
    assert status == 0, status
    workspace = np.empty(library.kron_eye_chain_workspace(chain), np.uint8)
    y = np.empty((len(x), math.prod(f.m for f in factors)), x.dtype)
    apply = getattr(library, f"kron_eye_chain_apply_{suffix}")
    arguments = (chain, ctypes.c_size_t(len(x)), real(1), ctypes.c_void_p(x.ctypes.data),
                 ctypes.c_size_t(x.shape[1]), real(0), ctypes.c_void_p(y.ctypes.data),
                 ctypes.c_size_t(y.shape[1]), ctypes.c_void_p(workspace.ctypes.data),
                 ctypes.c_size_t(workspace.nbytes))

    def run():
        assert apply(*arguments) == 0
        return y
    run.arrays = x, workspace  # the arguments hold addresses alone
    return run


def numpy_form(ws, x):
    sizes = [w if isinstance(w, int) else w.shape[1] for w in ws]

    def run():
        t = x.reshape(len(x), *sizes)
        for axis in reversed(range(len(ws))):
            if not isinstance(ws[axis], int):
                t = np.moveaxis(np.tensordot(t, ws[axis], axes=(axis + 1, 1)), -1, axis + 1)
        return np.ascontiguousarray(t).reshape(len(x), -1)
    return run


def fastkron_form(ws, x, transposed):
    kron = fastkronnumpy.FastKronNumpy()
    factors = [np.eye(w, dtype=x.dtype) if isinstance(w, int) else
               w.T if transposed else np.ascontiguousarray(w.T) for w in ws]
    return lambda: kron.gemkm(x, factors)


def runs(form):
    """FastKron 1.1 refuses transposed factors of different sizes, by an error of its own."""
    try:
        form()
    except AttributeError:
        return False
    return True


def median_times(forms, rounds):
    times = [[] for _ in forms]
    for _ in range(rounds):
        for form, samples in zip(forms, times):
            start = time.process_time()
            form()
            samples.append(time.process_time() - start)
    return [1e3 * statistics.median(samples) for samples in times]


def measure(library, case, dtype, transposed, rounds):
    shapes, rows = case
    rng = np.random.default_rng(1)
    ws = [s if isinstance(s, int) else rng.standard_normal(s).astype(dtype) for s in shapes]
    columns = math.prod(w if isinstance(w, int) else w.shape[1] for w in ws)
    x = rng.standard_normal((rows, columns)).astype(dtype)
    forms = [kron_eye_form(library, ws, x, transposed), numpy_form(ws, x)]
    if fastkronnumpy:
        fastkron = fastkron_form(ws, x, transposed)
        if runs(fastkron):
            forms.append(fastkron)
    expected = forms[1]()
    for form in forms:
        error = np.abs(form() - expected).max() / np.abs(expected).max()
        assert error < {4: 1e-4, 8: 1e-12}[x.itemsize], error
    times = median_times(forms, rounds)
    name = ",".join(f"I{s}" if isinstance(s, int) else f"{s[0]}x{s[1]}" for s in shapes)
    name = name if len(name) < 22 else f"{shapes[0][0]}x{shapes[0][1]}^{len(shapes)}"
    ratios = [t / times[0] for t in times[1:]] + [math.nan] * (3 - len(times))
    print(f"{name:22} {rows:4}{' T' if transposed else '  '} " +
          " ".join(f"{t:10.3f}" for t in times) + "  " + " ".join(f"{r:6.2f}" for r in ratios),
          flush=True)
    return ratios


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.kron_eye_chain_workspace.restype = ctypes.c_size_t
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 9
    for dtype in (np.float32, np.float64):
        print(f"\n{np.dtype(dtype).name}, ms of processor time: kron_eye, NumPy, FastKron; "
              "ratios to kron_eye")
        for transposed in (False, True):
            ratios = [measure(library, case, dtype, transposed, rounds) for case in CASES]
            for name, column in zip(("NumPy", "FastKron"), zip(*ratios)):
                known = [r for r in column if not math.isnan(r)]
                if known:
                    print(f"geometric mean of {name} / kron_eye over {len(known)}: "
                          f"{statistics.geometric_mean(known):.2f}, smallest {min(known):.2f}")


if __name__ == "__main__":
    main()
