"""The docstrings' examples and the README's programs run; its table says what is true."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import make

import kron_eye

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_docstrings():
    tried = 0
    for module in pkgutil.iter_modules(kron_eye.__path__, "kron_eye."):
        if module.name == "kron_eye.dask":
            continue  # its examples are the README's
        found = doctest.testmod(importlib.import_module(module.name), extraglobs={"np": np})
        assert found.failed == 0, module.name
        tried += found.attempted
    assert tried >= 15


def test_everything_public_has_a_docstring():
    for name in kron_eye.__all__:
        assert getattr(kron_eye, name).__doc__, name


@pytest.mark.parametrize("program", [
    pytest.param(program, marks=[pytest.mark.dask] if "dask" in program else []) for program in PROGRAMS])
def test_programs_of_the_readme(program, capsys):
    if "dask" in program:
        pytest.importorskip("dask.array")
    exec(program, {})


@pytest.mark.scipy
def test_table_of_the_readme():
    """Each pair whose left side is a formula: the same array."""
    linalg = pytest.importorskip("scipy.linalg")
    k, q, m, n = 2, 5, 3, 4
    names = {"np": np, "scipy.linalg.block_diag": linalg.block_diag, "kron_eye": kron_eye,
             "block_diag": linalg.block_diag, "k": k, "q": q, "d": 1,
             "W": make((m, n), "f8"), "Ws": list(make((k, m, n), "f8", 2)),
             "A": make((3, 2), "f8", 3), "B": make((1, 4), "f8", 4), "b": make((m,), "f8", 5)}
    data = make((5, k * n), "f8", 6)
    sizes = {  # for each left side, its own arrays
        "np.kron(np.eye(k), W) @ x": {"x": data[0]},
        "np.kron(np.eye(k), W) @ z": {"z": data[0] + 1j * data[1]},
        "data @ np.kron(np.eye(k), W).T": {"data": data},
        "np.kron(np.eye(k), W).T @ y": {"y": make((k * m,), "f8", 7)},
        "np.kron(W, np.eye(q)) @ x": {"x": make((n * q,), "f8", 7)},
        "np.kron(np.kron(np.eye(k), W), np.eye(q)) @ x": {"x": make((k * n * q,), "f8", 7)},
        "scipy.linalg.block_diag(*Ws) @ x": {"x": data[0]},
        'np.einsum("rkj,ij->rki", data, W)': {"data": data.reshape(5, k, n)},
        "np.tensordot(array, W, axes=(d, 1))": {"array": make((2, n, 6), "f8", 7)},
        "np.kron(np.kron(A, np.eye(12)), B) @ x": {"x": make((2 * 12 * 4,), "f8", 7)},
        "np.maximum(data @ W.T + b, 0)": {"data": make((5, n), "f8", 7)},
        'np.einsum("rai,raj->ij", dy, x)': {"dy": make((5, k, m), "f8", 7),
                                            "x": make((5, k, n), "f8", 8)},
        'np.einsum("rai->i", dy)': {"dy": make((5, k, m), "f8", 7)},
        "np.where(y > 0, dy, 0)": {"y": make((5, k, m), "f8", 7), "dy": make((5, k, m), "f8", 8)},
    }
    rows = dict(re.findall(r"^\| `(.*?)`.*?\| `(.*?)`", README, re.MULTILINE))
    for left, arrays in sizes.items():
        theirs = eval(left.replace("scipy.linalg.", ""), {**names, **arrays})
        ours = eval(rows[left], {**names, **arrays})
        if "tensordot" in left:
            theirs = np.moveaxis(theirs, -1, 1)
        np.testing.assert_allclose(ours, theirs, atol=1e-10, err_msg=left)
