"""Checks npy_apply with NumPy: npy_apply_numpy.py NPY_APPLY.

NumPy writes W and X in every type, order, shape and version of the format; npy_apply computes;
NumPy reads Y and compares it with the product by the Kronecker matrix, which it really forms.
"""
import itertools
import os
import subprocess
import sys
import tempfile

import numpy as np

ROWS, K, M, N = 7, 3, 5, 4
MIXTURES = [  # x, w, y, scale, tolerance
    (np.float32, np.float32, np.float32, None, 1e-5),
    (np.float64, np.float64, np.float64, None, 1e-13),
    (np.float32, np.float64, np.float64, 0.5, 1e-13),
    (np.uint8, np.float32, np.float32, 1 / 255, 1e-5),
]


def save(path, array, version):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def run(program, *options):
    subprocess.run([program, "--weights", "w.npy", "--data", "x.npy", "--out", "y.npy", *options],
                   check=True)
    return np.load("y.npy")


def main(program):
    random = np.random.RandomState(1)
    cases = 0
    for (x_type, w_type, y_type, scale, tolerance), order, version, shape in itertools.product(
            MIXTURES, "CF", [(1, 0), (2, 0), (3, 0)], [(ROWS, K * N), (ROWS, K, N)]):
        w = np.array(random.standard_normal((M, N)), dtype=w_type, order=order)
        x = (random.uniform(0, 255, shape)).astype(x_type)
        save("w.npy", w, version)
        save("x.npy", x, version)
        y = run(program, *([] if scale is None else ["--scale", repr(scale)]))
        assert y.dtype == y_type and y.flags.c_contiguous, y.dtype
        assert y.shape == ((ROWS, K * M) if x.ndim == 2 else (ROWS, K, M)), y.shape
        expected = x.reshape(ROWS, -1).astype(np.float64) @ np.kron(np.eye(K), w.astype(float)).T
        np.testing.assert_allclose(y.reshape(ROWS, -1), expected * (scale or 1), rtol=0,
                                   atol=tolerance * 255 * N * 3)
        cases += 1
    assert cases == 48, cases

    # Chains: A (x) I_2 (x) op(B) (x) I_3 with every order in memory.
    for real, order, transposed in itertools.product([np.float32, np.float64], "CF", [0, 1]):
        a = np.array(random.standard_normal((6, 5)), dtype=real, order=order)
        b = np.array(random.standard_normal((4, 7)), dtype=real, order=order)
        chain = np.kron(np.kron(np.kron(a, np.eye(2)), b.T if transposed else b), np.eye(3))
        x = random.standard_normal((ROWS, chain.shape[1])).astype(real)
        save("w.npy", a, (1, 0))
        save("b.npy", b, (1, 0))
        save("x.npy", x, (1, 0))
        y = run(program, "--identity", "2", "--weights", "b.npy",
                *["--transpose"] * transposed, "--identity", "3")
        assert y.dtype == real, y.dtype
        np.testing.assert_allclose(y, x @ chain.T, rtol=0, atol=2e-4 if real == np.float32 else 1e-12)
        cases += 1
    assert cases == 56, cases

    # Several slabs, the last one ragged: 41 MB of X.
    x = random.randint(0, 3, (1303, 8, 1001)).astype(np.float32)
    w = random.randint(-2, 3, (6, 1001)).astype(np.float32)
    save("w.npy", w, (1, 0))
    save("x.npy", x, (1, 0))
    np.testing.assert_array_equal(run(program, "--threads", "2", "--blocks", "8"), x @ w.T)
    print(f"{cases + 1} cases, NumPy {np.__version__}")


if __name__ == "__main__":
    program_path = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main(program_path)
        os.chdir("/")
