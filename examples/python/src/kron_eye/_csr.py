"""CSR matrices of scipy.sparse, passed to the library. SciPy itself is never imported."""

from __future__ import annotations

import sys
from ctypes import sizeof
from typing import Any

import numpy as np

from ._library import Csr, CsrFault, library
from ._rows import check_array

INDEX_TYPES = {np.dtype("i4"): 0, np.dtype("i8"): 1}
VALUE_TYPES = {np.dtype("f4"): 0, np.dtype("f8"): 1}


def is_sparse(data: Any) -> bool:
    """Whether data is one of SciPy's sparse matrices or arrays, of any format."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(data))


def _contiguous(name: str, given: Any, dtype: np.dtype[Any]) -> np.ndarray:
    array = check_array(name, given, dtype)
    if array.ndim != 1 or not array.flags.c_contiguous:
        raise ValueError(f"{name} must be a contiguous array of one dimension")
    return array


def check_values(dtype: np.dtype[Any]) -> None:
    """Refuses types of values that CSR matrices cannot have."""
    if dtype not in VALUE_TYPES:
        raise TypeError(f"sparse data must be of float32 or float64, not {dtype}")


def csr_view(data: Any, dtype: np.dtype[Any]) -> Csr:
    """The C view of a CSR matrix with values of `dtype`. It keeps the arrays alive."""
    if data.format != "csr":
        raise TypeError(f"data must be a CSR matrix, not {data.format}; data.tocsr() makes one")
    check_values(dtype)
    if data.ndim != 2:
        raise ValueError(f"data must be of two dimensions, not {data.shape}")
    index_type = data.indptr.dtype
    if index_type not in INDEX_TYPES:
        raise TypeError(f"data.indptr must be of int32 or int64, not {index_type}")
    indptr = _contiguous("data.indptr", data.indptr, index_type)
    indices = _contiguous("data.indices", data.indices, index_type)
    values = _contiguous("data.data", data.data, dtype)
    rows, cols = data.shape
    if len(indptr) != rows + 1:
        raise ValueError(f"data.indptr has {len(indptr)} elements for {rows} rows")
    nnz = int(indptr[-1])
    if not 0 <= nnz <= min(len(indices), len(values)):
        raise ValueError(f"data.indptr ends at {nnz}, outside data.indices or data.data")
    view = Csr(sizeof(Csr), rows, cols, nnz, indptr.ctypes.data, indices.ctypes.data,
               values.ctypes.data, INDEX_TYPES[index_type], VALUE_TYPES[dtype])
    view.arrays = indptr, indices, values
    return view


def fault_of(view: Csr) -> str:
    """The fault that kron_eye_csr_check finds, in words; empty if there is none."""
    fault = CsrFault()
    if library.kron_eye_csr_check(view, fault) == 0:
        return ""
    text = bytes(library.kron_eye_csr_fault_text(fault.kind)).decode()
    return f"data is a malformed CSR matrix: {text} (position {fault.position})"
