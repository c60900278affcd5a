"""The shared library: found, opened, and its functions declared as kron_eye.h has them."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_size_t, c_void_p
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

OK, NO_MEMORY, UNSUPPORTED = 0, 1, 2
ZEROS = {"auto": 0, "skip": 1, "multiply": 2}
ROUTES = {"auto": 0, "kernel": 1, "blas": 2}


class Shape(ctypes.Structure):
    """kron_eye_shape"""

    _fields_ = [("size", c_size_t), ("left", c_size_t), ("m", c_size_t), ("n", c_size_t),
                ("right", c_size_t), ("op", c_int), ("reserved", c_int)]


class Options(ctypes.Structure):
    """kron_eye_options"""

    _fields_ = [("size", c_size_t), ("threads", c_size_t), ("zeros", c_int), ("route", c_int)]


class Csr(ctypes.Structure):
    """kron_eye_csr"""

    _fields_ = [("size", c_size_t), ("rows", c_size_t), ("cols", c_size_t), ("nnz", c_size_t),
                ("indptr", c_void_p), ("indices", c_void_p), ("values", c_void_p),
                ("index_type", c_int), ("value_type", c_int), ("trusted", c_int),
                ("reserved", c_int)]


class CsrFault(ctypes.Structure):
    """kron_eye_csr_fault"""

    _fields_ = [("kind", c_int), ("position", c_size_t)]


class Kind(NamedTuple):
    """One suffix of the library's functions: the types of data, and of W and the result."""

    data: np.dtype[Any]
    w: np.dtype[Any]
    suffix: str
    scalar: Any


KINDS = tuple(
    Kind(np.dtype(data), np.dtype(w), suffix, scalar)
    for data, w, suffix, scalar in (
        ("f4", "f4", "f32", c_float),
        ("f8", "f8", "f64", c_double),
        ("f4", "f8", "f32_f64", c_double),
        ("u1", "f4", "u8_f32", c_float),
    )
)


def kind_of(data: np.dtype[Any], w: np.dtype[Any]) -> Kind:
    """The suffix for these two types, or TypeError."""
    for kind in KINDS:
        if (kind.data, kind.w) == (data, w):
            return kind
    known = ", ".join(f"{kind.data} with {kind.w}" for kind in KINDS)
    raise TypeError(f"data of {data} with w of {w} is not supported; supported: {known}")


def _find() -> str:
    """KRON_EYE_LIBRARY if set, else the file that was installed into the package."""
    named = os.environ.get("KRON_EYE_LIBRARY")
    if named:
        return named
    file = "libkron_eye.dylib" if sys.platform == "darwin" else "libkron_eye.so"
    folders = [Path(folder) for folder in sys.modules[__package__].__path__]
    for folder in folders:
        if (folder / file).exists():
            return str(folder / file)
    raise ImportError(
        f"{file} is not in {' or '.join(map(str, folders))}: install the package with pip, "
        "or name a built library in the environment variable KRON_EYE_LIBRARY")


def _open() -> ctypes.CDLL:
    opened = ctypes.CDLL(_find())

    def declare(name: str, result: Any, *arguments: Any) -> None:
        function = getattr(opened, "kron_eye_" + name)
        function.restype, function.argtypes = result, arguments

    declare("status_text", c_char_p, c_int)
    declare("version", c_char_p)
    declare("version_number", c_int)
    declare("isa", c_char_p)
    declare("plan_describe", c_size_t, c_void_p, c_char_p, c_size_t)
    declare("plan_destroy", None, c_void_p)
    declare("csr_check", c_int, POINTER(Csr), POINTER(CsrFault))
    declare("csr_fault_text", c_char_p, c_int)
    for kind in KINDS:
        declare("plan_create_" + kind.suffix, c_int, POINTER(c_void_p), POINTER(Shape),
                c_void_p, c_size_t, POINTER(Options))
        declare("apply_" + kind.suffix, c_int, c_void_p, c_size_t, kind.scalar,
                c_void_p, c_size_t, kind.scalar, c_void_p, c_size_t)
        if kind.data.kind == "f":
            declare("apply_csr_" + kind.suffix, c_int, c_void_p, c_size_t, kind.scalar,
                    POINTER(Csr), kind.scalar, c_void_p, c_size_t)
    return opened


library = _open()


def version() -> str:
    """The version of the C library, "major.minor.patch"."""
    return bytes(library.kron_eye_version()).decode()


def isa() -> str:
    """The instruction set of the library's own kernels: "avx512", "avx2" or "portable"."""
    return bytes(library.kron_eye_isa()).decode()


def check(status: int, arguments: dict[int, str]) -> None:
    """Raises what a status other than 0 means; `arguments` says what is wrong with argument i."""
    if status == OK:
        return
    if status == NO_MEMORY:
        raise MemoryError("kron_eye: memory was refused")
    if -status in arguments:
        raise ValueError(arguments[-status])
    raise ValueError(f"kron_eye: {bytes(library.kron_eye_status_text(status)).decode()}")
