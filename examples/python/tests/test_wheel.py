"""The wheel: PyPI's BLAS under its prefixed names, and what an installed package carries."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CMAKE_FILE = Path(__file__).parents[1] / "scipy_openblas.cmake"

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(fake LANGUAGES C)
include({file})
add_executable(program program.c)
target_link_libraries(program PRIVATE kron_eye_blas)
message(STATUS "carried: ${{kron_eye_carried_blas}}; ${{kron_eye_carried_licenses}}")
"""

PROGRAM = """
#include <cblas.h>
int main(void) { return cblas_sgemm(2) == 4 && cblas_dgemm(2) == 6 && blas_other() == 1 ? 0 : 1; }
"""

FAKE_PACKAGE = """
import os
here = os.path.dirname(__file__)
def get_include_dir(): return here
def get_lib_dir(): return here
def get_library(fullname=False): return "libscipy_openblas.so"
"""


@pytest.mark.skipif(not shutil.which("cmake") or not shutil.which("cc"), reason="no compiler")
def test_prefixed_names(tmp_path):
    """A stand-in for the package: its header and library have prefixed names alone."""
    package = tmp_path / "scipy_openblas32"
    info = tmp_path / "scipy_openblas32-1.dist-info"
    for folder in (package, info):
        folder.mkdir()
    (package / "__init__.py").write_text(FAKE_PACKAGE)
    (package / "cblas.h").write_text("int scipy_cblas_sgemm(int m);\nint scipy_cblas_dgemm (int m);\n"
                                     "int blas_other(void);\n")
    (package / "blas.c").write_text("int scipy_cblas_sgemm(int m) { return 2 * m; }\n"
                                    "int scipy_cblas_dgemm(int m) { return 3 * m; }\n"
                                    "int blas_other(void) { return 1; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", package / "libscipy_openblas.so",
                    package / "blas.c"], check=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scipy-openblas32\nVersion: 1\n")
    (info / "LICENSE.txt").write_text("A licence.\n")
    (info / "RECORD").write_text("scipy_openblas32-1.dist-info/LICENSE.txt,,\n"
                                 "scipy_openblas32/__init__.py,,\n")
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(file=CMAKE_FILE.as_posix()))
    (tmp_path / "program.c").write_text(PROGRAM)

    build = tmp_path / "build"
    configured = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", build, f"-DPython_EXECUTABLE={sys.executable}"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    assert configured.returncode == 0, configured.stdout
    carried = configured.stdout.split("carried: ")[1].splitlines()[0].split("; ")
    assert [Path(path).name for path in carried] == ["libscipy_openblas.so", "LICENSE.txt"]
    built = subprocess.run(["cmake", "--build", build], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, built.stdout
    assert subprocess.run([build / "program"]).returncode == 0


def test_installed_files():
    try:
        files = {file.name for file in importlib.metadata.files("kron_eye")}
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("run from the source tree")
    assert {"LICENSE", "py.typed", "libkron_eye.so"} <= files
    if "libscipy_openblas.so" in files:
        assert "LICENSE.txt" in files
    if "libgomp.so.1" in files:
        assert "libgomp.txt" in files
