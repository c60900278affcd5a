"""Checks that NumPy and the examples can read each other's files: support_numpy.py MNIST_LAYER.

NumPy writes images and weights, mnist_layer computes, NumPy reads the result and compares it with
the product by the Kronecker matrix, which it really forms.
"""
import gzip
import os
import subprocess
import sys
import tempfile

import numpy as np

K, M, HEIGHT, WIDTH, IMAGES = 3, 5, 4, 2, 10


def write_images(path, images):
    header = bytes([0, 0, 8, images.ndim]) + np.array(images.shape, dtype=">u4").tobytes()
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "wb") as file:
        file.write(header + images.tobytes())


def write_weights(path, weights, version):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, weights, version=version)


def main(program):
    random = np.random.RandomState(1)
    images = random.randint(0, 256, (IMAGES, HEIGHT, WIDTH)).astype(np.uint8)
    rows = IMAGES // K
    x = (images[: rows * K].astype(np.float32) / np.float32(255)).reshape(rows, -1)
    cases = 0
    for dtype in (np.float32, np.float64):
        weights = random.standard_normal((M, HEIGHT * WIDTH)).astype(dtype)
        rounded = weights.astype(np.float32).astype(np.float64)
        expected = x.astype(np.float64) @ np.kron(np.eye(K), rounded).T
        for version in ((1, 0), (2, 0), (3, 0)):
            for name in ("images", "images.gz"):
                write_images(name, images)
                write_weights("w.npy", weights, version)
                subprocess.run(
                    [program, "--images", name, "--weights", "w.npy", "--blocks", str(K)],
                    check=True, stdout=subprocess.DEVNULL)
                y = np.load("hidden.npy")
                assert y.dtype == np.float32 and y.shape == (rows, K * M), (y.dtype, y.shape)
                np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5)
                cases += 1
    assert cases == 12, cases
    print(f"{cases} cases, NumPy {np.__version__}")


if __name__ == "__main__":
    program_path = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main(program_path)
        os.chdir("/")
