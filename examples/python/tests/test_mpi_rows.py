"""mpi_rows.py on several ranks, against one call; more ranks than rows; what is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import make

import kron_eye

pytest.importorskip("mpi4py")
pytestmark = [pytest.mark.mpi4py,
              pytest.mark.skipif(shutil.which("mpiexec") is None, reason="no mpiexec")]
SCRIPT = Path(__file__).parents[1] / "mpi_rows.py"

# Small pieces, so that each rank writes several.
IN_PIECES = """
import sys
sys.path.insert(0, sys.argv[1])
import mpi_rows
mpi_rows.apply_file("x.npy", "w.npy", "y.npy", mpi_rows.MPI.COMM_WORLD, piece=100)
"""


def on_ranks(ranks, folder, *command):
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "OMPI_MCA_rmaps_base_oversubscribe": "true",
                   "OMPI_MCA_hwloc_base_binding_policy": "none",
                   "OMPI_MCA_mpi_yield_when_idle": "1", "OMP_NUM_THREADS": "1"}
    for name in ("KRON_EYE_LIBRARY", "PYTHONPATH"):
        if name in environment:
            environment[name] = os.path.abspath(environment[name])
    return subprocess.run(["mpiexec", "-n", str(ranks), sys.executable, *map(str, command)],
                          cwd=folder, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=300)


@pytest.mark.parametrize("ranks,rows,types", [(1, 5, "dd"), (3, 11, "fd"), (3, 2, "dd"),
                                              (2, 0, "ff")])
def test_ranks(tmp_path, ranks, rows, types):
    w, x = make((3, 4), types[1]), make((rows, 8), types[0], seed=2)
    np.save(tmp_path / "w.npy", w)
    np.save(tmp_path / "x.npy", x)
    done = on_ranks(ranks, tmp_path, "-c", IN_PIECES, SCRIPT.parent)
    assert done.returncode == 0, done.stderr
    y = np.load(tmp_path / "y.npy")
    assert y.dtype == w.dtype and np.array_equal(y, kron_eye.apply(w, x, 2))


def test_command_and_what_it_refuses(tmp_path):
    w, x = make((3, 4), "f8"), make((5, 8), "f8", seed=2)
    for name, array in (("w", w), ("x", x), ("odd", x[:, :7]),
                        ("fortran", np.asfortranarray(x))):
        np.save(tmp_path / f"{name}.npy", array)
    assert on_ranks(2, tmp_path, SCRIPT, "x.npy", "w.npy", "y.npy").returncode == 0
    assert np.array_equal(np.load(tmp_path / "y.npy"), kron_eye.apply(w, x))
    for arguments, words in ((("odd.npy", "w.npy", "z.npy"), "do not make"),
                             (("fortran.npy", "w.npy", "z.npy"), "in Fortran order"),
                             (("absent.npy", "w.npy", "z.npy"), "No such file"),
                             (("x.npy", "w.npy", "x.npy"), "x.npy is an input")):
        done = on_ranks(2, tmp_path, SCRIPT, *arguments)
        assert done.returncode != 0 and done.stderr.count("mpi_rows.py: ") == 1
        assert words in done.stderr
        assert not (tmp_path / "z.npy").exists()
    assert np.array_equal(np.load(tmp_path / "x.npy"), x)
