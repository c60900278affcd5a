"""The example programs that need SciPy: they run, and find what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("scipy.sparse.linalg")
pytestmark = pytest.mark.scipy
FOLDER = Path(__file__).parents[1]


def run(program, *arguments):
    done = subprocess.run([sys.executable, FOLDER / program, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_least_squares():
    status, text = run("least_squares.py", "--images", "7")
    assert status == 0, text
    naive, lsqr = map(float, re.findall(r": +(0\.\d+)", text))
    assert 0 < lsqr < 0.8 * naive
    assert run("least_squares.py", "--images", "0")[0] == 2


def test_gaussian_process():
    status, text = run("gaussian_process.py", "--grid", "5", "6", "8")
    assert status == 0, text
    data, mean = map(float, re.search(r"data: (\S+), of the mean: (\S+)", text).groups())
    assert 0 < mean < 0.6 * data
    difference, largest = map(float, re.search(r"solve: (\S+), largest weight (\S+)",
                                               text).groups())
    assert difference < 1e-4 * largest
    assert run("gaussian_process.py", "--grid", "5", "0", "8")[0] == 2
