"""Other libraries' BLAS and OpenMP beside ours in one process; and processes forked from it."""

import os
import shutil
import subprocess
import sys

import pytest

import kron_eye

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks into /proc")

IN_TURN = """
import ctypes
import os
import numpy as np
import kron_eye
try:
    from scipy.linalg.blas import dgemm
except ImportError:
    dgemm = None

chance = np.random.RandomState(1)
w, data = chance.standard_normal((30, 784)), chance.standard_normal((400, 10 * 784))
expected = (data.reshape(-1, 784) @ w.T).reshape(400, -1)
kernel, blas = (kron_eye.Plan(w, 10, route=route) for route in ("kernel", "blas"))

def turn():
    for plan in (kernel, blas):
        np.testing.assert_allclose(plan.apply(data), expected, rtol=1e-9, atol=1e-9)
    product = data.reshape(-1, 784) @ w.T
    np.testing.assert_allclose(product.reshape(400, -1), expected, rtol=1e-9, atol=1e-9)
    if dgemm is not None:
        dgemm(1.0, data.reshape(-1, 784), w.T)
    return len(os.listdir("/proc/self/task"))

def threads_of(file):
    # Of an OpenBLAS, under whichever prefix and suffix its names have.
    library = ctypes.CDLL(file)
    for name in ("openblas_get_num_threads", "scipy_openblas_get_num_threads"):
        for suffix in ("", "64_"):
            if hasattr(library, name + suffix):
                return getattr(library, name + suffix)()
    return 1

counts = [turn() for _ in range(11)]
mapped = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
blases = [file for file in mapped if "openblas" in os.path.basename(file)]
workers = kron_eye.info()["threads"] - 1
print(1 + workers + sum(threads_of(file) - 1 for file in blases), workers, *counts)
"""

# clang's OpenMP, libomp, where the library has gcc's, libgomp; or the other way round.
OTHER_OPENMP = """
#include <omp.h>
double sum(const double *x, long n) {
  double s = 0;
#pragma omp parallel for reduction(+ : s)
  for (long i = 0; i < n; i++)
    s += x[i];
  return s;
}
int threads(void) { return omp_get_max_threads(); }
"""

TWO_OPENMPS = """
import ctypes, os, sys
import numpy as np
if sys.argv[2] == "first":
    other = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
import kron_eye
if sys.argv[2] == "last":
    other = ctypes.CDLL(sys.argv[1])
other.sum.restype, other.sum.argtypes = ctypes.c_double, [ctypes.c_void_p, ctypes.c_long]

w, data = np.ones((30, 784)), np.ones((400, 10 * 784))
plan = kron_eye.Plan(w, 10, route="kernel")

def turn():
    assert (plan.apply(data) == 784).all()
    assert other.sum(data.ctypes.data, data.size) == data.size
    return len(os.listdir("/proc/self/task"))

counts = [turn() for _ in range(11)]
maps = open("/proc/self/maps").read()
print(*counts, "libgomp.so" in maps, "libomp.so" in maps, kron_eye.info()["threads"], other.threads())
"""

FORKED = """
import os
import numpy as np
import kron_eye

w, data = np.arange(12.0).reshape(3, 4), np.arange(800 * 4000.0).reshape(800, 4000)
plan = kron_eye.Plan(w, 1000, route="kernel")
expected = plan.apply(data)
child = os.fork()
if child == 0:
    before = len(os.listdir("/proc/self/task"))
    same = np.array_equal(plan.apply(data), expected)
    os._exit(0 if same and len(os.listdir("/proc/self/task")) == before else 1)
assert os.waitpid(child, 0)[1] == 0
"""


def run(program, *arguments, **settings):
    done = subprocess.run([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, **settings})
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_libraries_in_turn():
    """Three threads for our kernels, and as many for each BLAS as it says: no more, at no time."""
    most, workers, *counts = map(int, run(IN_TURN, OMP_NUM_THREADS="3",
                                          OPENBLAS_NUM_THREADS="3").split())
    assert len(counts) == 11 and set(counts[1:]) == {counts[0]}
    assert 1 + workers <= counts[0] <= most
    assert workers == (2 if kron_eye.info()["openmp"] else 0)


@pytest.mark.parametrize("when", ["first", "last"])
def test_two_openmps(tmp_path, when):
    """Three threads each, kept from turn to turn; loaded first, the other's symbols go before ours."""
    if shutil.which("clang") is None or kron_eye.info()["openmp"] is None:
        pytest.skip("no clang, or a library without OpenMP")
    source, library = tmp_path / "other.c", tmp_path / "libother.so"
    source.write_text(OTHER_OPENMP)
    built = subprocess.run(["clang", "-O1", "-fopenmp", "-shared", "-fPIC", "-o", library, source],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        pytest.skip("clang has no OpenMP: " + built.stdout)
    *counts, gomp, omp, ours, theirs = run(TWO_OPENMPS, library, when, OMP_NUM_THREADS="3",
                                           OPENBLAS_NUM_THREADS="1").split()
    assert (ours, theirs) == ("3", "3") and "True" in (gomp, omp) and len(counts) == 11
    if "libgomp" in kron_eye.info()["openmp"]:
        assert (gomp, omp) == ("True", "True")
    assert set(counts[1:]) == {counts[0]} and int(counts[0]) <= 1 + 2 * (3 - 1)


def test_forked():
    run(FORKED, OMP_NUM_THREADS="3")
