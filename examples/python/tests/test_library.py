"""The shared library: what it says of itself, and what is said where it cannot be loaded."""

import os
import shutil
import subprocess
import sys

import pytest

import kron_eye
from kron_eye import _library


def import_with(library):
    """The error of `import kron_eye` in a new Python with this library."""
    done = subprocess.run([sys.executable, "-c", "import kron_eye"], stderr=subprocess.PIPE,
                          text=True, env={**os.environ, "KRON_EYE_LIBRARY": str(library)})
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def make_library(folder, name, source, *needed):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (folder / "source.c").write_text(source)
    file = folder / name
    subprocess.run([compiler, "-shared", "-fPIC", f"-Wl,-soname,{name},--no-as-needed", "-o", file,
                    folder / "source.c", *needed], check=True)
    return file


def test_info():
    info = kron_eye.info()
    assert info["version"] == kron_eye.version() and info["isa"] == kron_eye.isa()
    assert os.path.samefile(info["library"], _library._find())
    assert info["threads"] >= 1
    assert os.path.exists(info["blas_library"])
    if info["blas"]:
        assert "OpenBLAS" in info["blas"] and info["blas_threads"] >= 1


def test_no_file(tmp_path):
    error = import_with(tmp_path / "libkron_eye.so")
    assert error.startswith("ImportError: kron_eye: ") and "libkron_eye.so" in error


def test_no_library_of_ours(tmp_path):
    error = import_with(make_library(tmp_path, "libkron_eye.so", "int other;"))
    assert "has no function kron_eye_status_text" in error


def test_a_missing_dependency_is_named(tmp_path, monkeypatch):
    needed = make_library(tmp_path, "libabsent.so.7", "int absent;")
    library = make_library(tmp_path, "libkron_eye.so", "int present;", needed)
    needed.unlink()
    monkeypatch.setitem(_library.PACKAGES, "libabsent.so.7", "libabsent7")
    with pytest.raises(ImportError, match="libabsent.so.7 is in Debian's package libabsent7"
                       ) as caught:
        _library._load(str(library))
    assert caught.value.name == "kron_eye" and str(library) in str(caught.value)
