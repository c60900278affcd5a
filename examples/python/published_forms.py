#!/usr/bin/env python3
"""
Compares every published NumPy and SciPy form of y = (I_k (x) W) x with kron_eye on the same data:
checks the results with numpy.allclose, and times each form once per round, in a shuffled order.

The data are images, `blocks` of them per row, scaled to [0, 1]: from an IDX file (MNIST's format),
by default that of Debian's package dataset-fashion-mnist, or generated. The last column,
time/plan, is the median over the rounds of a form's time divided by that of plan.apply(data): 2 is
half as fast as the plan. A form that leaves y transposed is not timed with the transposition. For
one thread:

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 published_forms.py
"""

import argparse
import gzip
import os
import random
import statistics
import time

os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")  # so that its threads sleep soon after each form

import numpy as np  # noqa: E402

import kron_eye  # noqa: E402

try:
    import scipy
    from scipy.sparse import csr_matrix
except ImportError:
    scipy = None

FASHION = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"
TYPES = {"f32": ("f4", "f4"), "f64": ("f8", "f8"), "f32_f64": ("f4", "f8")}
TOLERANCE = {"f4": 1e-5, "f8": 1e-12}


def read_images(path, count):
    """`count` images as rows of bytes, (count, n); a file with fewer is read again and again."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        magic, _, height, width = np.frombuffer(file.read(16), ">u4")
        if magic != 0x803:
            raise SystemExit(f"{path}: not an IDX file of images")
        n = int(height) * int(width)
        images = np.frombuffer(file.read(count * n), np.uint8)
    return np.resize(images, (count, n))


def generate_images(count, n=784):
    """Bytes of which 19 % are non-zero, as in handwritten digits."""
    chance = np.random.RandomState(1)
    return (chance.randint(1, 256, (count, n)) * (chance.uniform(size=(count, n)) < 0.19)
            ).astype(np.uint8)


def forms_of_all_rows(data, w, blocks):
    """Name -> (function, conversion of its result to (rows, k*m))."""
    rows, (m, n) = len(data), w.shape
    tall, cube = data.reshape(-1, n), data.reshape(rows, blocks, n)
    plan, out = kron_eye.Plan(w, blocks, data.dtype), np.empty((rows, blocks * m), w.dtype)

    def as_is(y):
        return y.reshape(rows, -1)

    def transposed(y):
        return y.T.reshape(rows, -1)

    forms = {
        "kron_eye: plan.apply(data)": (lambda: plan.apply(data), as_is),
        "kron_eye: plan.apply(data, out)": (lambda: plan.apply(data, out), as_is),
        "kron_eye: apply(W, data)": (lambda: kron_eye.apply(w, data), as_is),
        "reshape, dot(W.T)": (lambda: tall.dot(w.T), as_is),
        "data as (r, k, n) @ W.T": (lambda: cube @ w.T, as_is),
        "W @ data.T": (lambda: w @ tall.T, transposed),
        "W @ swapaxes(1, 2)": (lambda: (w @ cube.swapaxes(1, 2)).swapaxes(1, 2), as_is),
        "tensordot": (lambda: np.tensordot(cube, w, axes=(2, 1)), as_is),
        "einsum": (lambda: np.einsum("rkj,ij->rki", cube, w), as_is),
        "einsum, optimize=True": (lambda: np.einsum("rkj,ij->rki", cube, w, optimize=True), as_is),
    }
    if scipy:
        dsp = csr_matrix(tall)
        forms["CSR: W @ dsp.T"] = (lambda: w @ dsp.T, transposed)
        forms["CSR: dsp @ W.T"] = (lambda: dsp @ w.T, as_is)
        forms["kron_eye: plan.apply(dsp)"] = (lambda: plan.apply(dsp), as_is)
    return forms


def forms_of_one_row(data, w, blocks):
    row = data[0].copy()
    plan, formed = kron_eye.Plan(w, blocks, data.dtype), np.kron(np.eye(blocks, dtype=w.dtype), w)

    def as_is(y):
        return y.reshape(1, -1)

    return {
        "kron_eye: plan.apply(row)": (lambda: plan.apply(row), as_is),
        "kron_eye: apply(W, row)": (lambda: kron_eye.apply(w, row), as_is),
        "row as (k, n) @ W.T": (lambda: row.reshape(blocks, -1) @ w.T, as_is),
        "np.kron(I, W) @ row": (lambda: np.kron(np.eye(blocks, dtype=w.dtype), w) @ row, as_is),
        "  with np.kron(I, W) at hand": (lambda: formed @ row, as_is),
    }


def seconds(run, calls):
    """Mean time per call; several calls come after one that warms up threads and caches."""
    if calls > 1:
        run()
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def measure(forms, rounds):
    """Name -> seconds per call, one value for each round."""
    calls = {name: 1 + int(2e-3 / seconds(run, 1)) for name, (run, _) in forms.items()}
    times = {name: [] for name in forms}
    for _ in range(rounds):
        for name in random.sample(list(forms), len(forms)):
            time.sleep(0.01)  # so that the threads of the previous form go to sleep
            times[name].append(seconds(forms[name][0], calls[name]))
    return times


def compare(title, forms, expected, rounds):
    """Checks each form against `expected` and prints its line of the table."""
    tolerance = TOLERANCE[expected.dtype.str[1:]]
    wrong = [name for name, (run, shape) in forms.items()
             if not np.allclose(shape(run()), expected, rtol=tolerance, atol=tolerance)]
    if wrong:
        raise SystemExit(f"{title}: wrong result of {', '.join(wrong)}")
    times = measure(forms, rounds)
    ours = times[next(iter(forms))]
    print(f"\n{title}\n{'':32}{'ms, median':>12}{'fastest':>11}{'time/plan':>12}")
    for name in sorted(forms, key=lambda name: statistics.median(times[name])):
        ratio = statistics.median(theirs / own for theirs, own in zip(times[name], ours))
        print(f"{name:32}{1e3 * statistics.median(times[name]):12.3f}"
              f"{1e3 * min(times[name]):11.3f}{ratio:12.2f}")


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", metavar="FILE", help='an IDX file, or "generated"; default: '
                        f"{FASHION} where it exists, else generated")
    parser.add_argument("--rows", type=int, default=1666, help="default: 1666")
    parser.add_argument("--blocks", type=int, default=30, help="images per row; default: 30")
    parser.add_argument("--outputs", type=int, default=30, help="rows of W; default: 30")
    parser.add_argument("--rounds", type=int, default=7, help="default: 7")
    parser.add_argument("--types", nargs="+", choices=TYPES, default=list(TYPES), help="data's "
                        "type, then W's where it differs; default: all three")
    options = parser.parse_args()
    if min(options.rows, options.blocks, options.outputs, options.rounds) < 1:
        parser.error("sizes and rounds start at 1")
    return options


def main():
    options = parse()
    source = options.images or (FASHION if os.path.exists(FASHION) else "generated")
    count = options.rows * options.blocks
    images = generate_images(count) if source == "generated" else read_images(source, count)
    n = images.shape[1]
    weights = np.random.RandomState(2).standard_normal((options.outputs, n)) / np.sqrt(n)
    print(f"NumPy {np.__version__}, SciPy {scipy.__version__ if scipy else 'absent'}, kron_eye "
          f"{kron_eye.version()} ({kron_eye.isa()}); images: {source}, "
          f"{np.count_nonzero(images) / images.size:.0%} non-zero")
    for types in options.types:
        data_type, w_type = TYPES[types]
        data = (images.reshape(options.rows, -1) / np.float32(255)).astype(data_type, copy=False)
        w = weights.astype(w_type)
        expected = (data.reshape(-1, n).astype("f8") @ w.T.astype("f8")).reshape(
            options.rows, -1).astype(w_type)
        case = f"data {data.dtype}, W {w.dtype} {w.shape}"
        compare(f"{case}: all rows, {data.shape}", forms_of_all_rows(data, w, options.blocks),
                expected, options.rounds)
        compare(f"{case}: one row, {data[0].shape}", forms_of_one_row(data, w, options.blocks),
                expected[:1], options.rounds)


if __name__ == "__main__":
    main()
