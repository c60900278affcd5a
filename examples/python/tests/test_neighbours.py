"""Other libraries' BLAS and OpenMP beside ours in one process; and processes forked from it."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="looks into /proc")

IN_TURN = """
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

first = turn()
print(first, *(turn() for _ in range(10)))
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


def run(program, **settings):
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, **settings})
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_libraries_in_turn():
    """Three threads each for our kernels, our BLAS, NumPy's and SciPy's: no more, at no time."""
    counts = list(map(int, run(IN_TURN, OMP_NUM_THREADS="3", OPENBLAS_NUM_THREADS="3").split()))
    assert len(counts) == 11 and set(counts[1:]) == {counts[0]}
    assert counts[0] <= 1 + 4 * (3 - 1)


def test_forked():
    run(FORKED, OMP_NUM_THREADS="3")
