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
ACTIVATIONS = {None: 0, "relu": 1, "clamp": 2}
MATRIX, IDENTITY = 0, 1  # kinds of factors


class Shape(ctypes.Structure):
    """kron_eye_shape"""

    _fields_ = [("size", c_size_t), ("left", c_size_t), ("m", c_size_t), ("n", c_size_t),
                ("right", c_size_t), ("op", c_int), ("reserved", c_int), ("stridew", c_size_t)]


class Options(ctypes.Structure):
    """kron_eye_options"""

    _fields_ = [("size", c_size_t), ("threads", c_size_t), ("zeros", c_int), ("route", c_int)]


class Epilogue(ctypes.Structure):
    """kron_eye_epilogue"""

    _fields_ = [("size", c_size_t), ("bias", c_void_p), ("bias_stride", c_size_t),
                ("activation", c_int), ("reserved", c_int), ("low", c_double), ("high", c_double)]


class Factor(ctypes.Structure):
    """kron_eye_factor"""

    _fields_ = [("size", c_size_t), ("kind", c_int), ("op", c_int), ("reserved", c_int),
                ("m", c_size_t), ("n", c_size_t), ("w", c_void_p), ("ldw", c_size_t)]


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

PARTS = {np.dtype("c8"): np.dtype("f4"), np.dtype("c16"): np.dtype("f8")}  # of complex numbers


def kind_of(data: np.dtype[Any], w: np.dtype[Any], name: str = "data") -> Kind:
    """The suffix for these two types, or TypeError. `name` is that of the data."""
    for kind in KINDS:
        if (kind.data, kind.w) == (data, w):
            return kind
    known = ", ".join(f"{kind.data} with {kind.w}" for kind in KINDS)
    raise TypeError(f"{name} of {data} with w of {w} is not supported; supported: {known}"
                    + _remedy(data, w, name))


def _remedy(data: np.dtype[Any], w: np.dtype[Any], name: str) -> str:
    """What to cast, where that loses no kind of number."""
    casts = [f"{name}.astype({kind.data.name!r})" for kind in KINDS
             if kind.w == w and np.can_cast(data, kind.data, "same_kind")]
    casts += [f"w.astype({kind.w.name!r})" for kind in KINDS
              if kind.data == data and np.can_cast(w, kind.w, "same_kind")]
    if data.kind == "c" and name in ("data", "array"):
        parts = ".view({!r}) with right=2" if name == "data" else "[..., numpy.newaxis].view({!r})"
        casts += [name + parts.format(kind.data.name) for kind in KINDS
                  if kind.w == w and kind.data == PARTS.get(data)]
    elif not casts and all(np.can_cast(one, np.float32, "same_kind") for one in (data, w)):
        casts = [f"{name}.astype('float64') with w.astype('float64')"]
    return f"; {' or '.join(casts)} will do" if casts else ""


def kind_of_one(name: str, dtype: np.dtype[Any]) -> Kind:
    """The suffix for one type throughout, which is that of `name`, or TypeError."""
    for kind in KINDS:
        if kind.data == kind.w == dtype:
            return kind
    casts = [f"astype({kind.w.name!r})" for kind in KINDS
             if kind.data == kind.w and np.can_cast(dtype, kind.w, "same_kind")]
    raise TypeError(f"{name} must be of float32 or float64, not {dtype}"
                    + (f"; {' or '.join(casts)} will do" if casts else ""))


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


# Debian's packages of the libraries that libkron_eye may need.
PACKAGES = {"libopenblas.so.0": "libopenblas0", "libblis.so.4": "libblis4",
            "libblas.so.3": "libblas3", "libgomp.so.1": "libgomp1", "libomp.so.5": "libomp5"}


def _load(file: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(file)
    except OSError as error:
        missing = [f"; {needed} is in Debian's package {package}"
                   for needed, package in PACKAGES.items() if str(error).startswith(needed + ":")]
        raise ImportError(f"kron_eye: {file} cannot be loaded: {error}{''.join(missing)}. "
                          "Installing kron_eye anew builds it with the BLAS of this machine, or "
                          "with PyPI's where there is none", name="kron_eye", path=file) from None


def _open() -> ctypes.CDLL:
    opened = _load(_find())

    def declare(name: str, result: Any, *arguments: Any) -> None:
        function = getattr(opened, "kron_eye_" + name, None)
        if function is None:
            raise ImportError(f"kron_eye: {opened._name} has no function kron_eye_{name}: it is "
                              "not a kron_eye library, or one of another version",
                              name="kron_eye", path=opened._name)
        function.restype, function.argtypes = result, arguments

    declare("status_text", c_char_p, c_int)
    declare("version", c_char_p)
    declare("version_number", c_int)
    declare("isa", c_char_p)
    declare("plan_describe", c_size_t, c_void_p, c_char_p, c_size_t)
    declare("plan_destroy", None, c_void_p)
    declare("chain_describe", c_size_t, c_void_p, c_char_p, c_size_t)
    declare("chain_destroy", None, c_void_p)
    declare("csr_check", c_int, POINTER(Csr), POINTER(CsrFault))
    declare("csr_fault_text", c_char_p, c_int)
    for kind in KINDS:
        declare("plan_create_" + kind.suffix, c_int, POINTER(c_void_p), POINTER(Shape),
                c_void_p, c_size_t, POINTER(Options))
        declare("plan_update_" + kind.suffix, c_int, c_void_p, c_void_p, c_size_t)
        declare("apply_fused_" + kind.suffix, c_int, c_void_p, c_size_t, kind.scalar,
                c_void_p, c_size_t, kind.scalar, c_void_p, c_size_t, POINTER(Epilogue))
        if kind.data.kind == "f":
            declare("apply_csr_" + kind.suffix, c_int, c_void_p, c_size_t, kind.scalar,
                    POINTER(Csr), kind.scalar, c_void_p, c_size_t)
        if kind.data == kind.w:
            declare("chain_create_" + kind.suffix, c_int, POINTER(c_void_p), c_size_t,
                    POINTER(Factor), POINTER(Options))
            declare("chain_apply_" + kind.suffix, c_int, c_void_p, c_size_t, kind.scalar, c_void_p,
                    c_size_t, kind.scalar, c_void_p, c_size_t, c_void_p, c_size_t)
            declare("gradient_" + kind.suffix, c_int, POINTER(Shape), c_size_t, kind.scalar,
                    c_void_p, c_size_t, c_void_p, c_size_t, kind.scalar, c_void_p, c_size_t,
                    POINTER(Options))
            declare("bias_gradient_" + kind.suffix, c_int, POINTER(Shape), c_size_t, kind.scalar,
                    c_void_p, c_size_t, kind.scalar, c_void_p, c_size_t)
            declare("relu_backward_" + kind.suffix, c_int, c_size_t, c_size_t, c_void_p, c_size_t,
                    c_void_p, c_size_t, c_void_p, c_size_t)
    return opened


library = _open()


def version() -> str:
    """The version of the C library, "major.minor.patch"."""
    return bytes(library.kron_eye_version()).decode()


def isa() -> str:
    """The instruction set of the library's own kernels: "avx512", "avx2" or "portable"."""
    return bytes(library.kron_eye_isa()).decode()


class _SymbolInfo(ctypes.Structure):
    """Dl_info"""

    _fields_ = [("file", c_char_p), ("base", c_void_p), ("name", c_char_p), ("address", c_void_p)]


def _symbol(name: str) -> Any:
    """A function of the libraries underneath, or None."""
    return getattr(library, name, None)


def _file_of(function: Any) -> str | None:
    """The shared library that a function is in."""
    found = _SymbolInfo()
    dladdr = getattr(ctypes.CDLL(None), "dladdr", None)
    if dladdr is None or not dladdr(ctypes.cast(function, c_void_p), ctypes.byref(found)):
        return None
    return os.fsdecode(found.file)


def info() -> dict[str, Any]:
    """
    What runs underneath.

    version, isa : as version() and isa()
    library : the file of the C library
    threads : most threads of the library's own kernels, as OpenMP has it now
    openmp : the file of the OpenMP library, or None if the library was built without
    blas : the BLAS in its own words where it is an OpenBLAS, else None
    blas_library : its file
    blas_threads : its threads, where it is an OpenBLAS, else None
    """
    omp_threads = _symbol("omp_get_max_threads")
    prefix = "" if _symbol("cblas_sgemm") else "scipy_"  # PyPI's scipy-openblas32
    blas = _symbol(prefix + "cblas_sgemm")
    config = _symbol(prefix + "openblas_get_config")
    blas_threads = _symbol(prefix + "openblas_get_num_threads")
    if config:
        config.restype = c_char_p
    return {
        "version": version(),
        "isa": isa(),
        "library": library._name,
        "threads": omp_threads() if omp_threads else 1,
        "openmp": _file_of(omp_threads) if omp_threads else None,
        "blas": config().decode() if config else None,
        "blas_library": _file_of(blas) if blas else None,
        "blas_threads": blas_threads() if blas_threads else None,
    }


def check(status: int, arguments: dict[int, str]) -> None:
    """Raises what a status other than 0 means; `arguments` says what is wrong with argument i."""
    if status == OK:
        return
    if status == NO_MEMORY:
        raise MemoryError("kron_eye: memory was refused")
    if -status in arguments:
        raise ValueError(arguments[-status])
    raise ValueError(f"kron_eye: {bytes(library.kron_eye_status_text(status)).decode()}")
