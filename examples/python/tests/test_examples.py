"""The example programs that need SciPy: they run, and find what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("scipy.sparse.linalg")
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
