"""Shared by the tests: data of each supported pair of types, and the product by np.kron."""

import numpy as np
import pytest

MARKERS = {"numpy": "needs NumPy alone: those that no other marker is on",
           "scipy": "needs SciPy", "dask": "needs Dask", "mpi4py": "needs mpi4py and mpiexec"}


def pytest_configure(config):
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")


def pytest_collection_modifyitems(items):
    for item in items:
        if not any(item.get_closest_marker(name) for name in MARKERS):
            item.add_marker("numpy")


PAIRS = [("f4", "f4"), ("f8", "f8"), ("f4", "f8"), ("u1", "f4")]


def make(shape, dtype, seed=1):
    """Values of an array of this type, some of them zero."""
    random = np.random.RandomState(seed)
    if np.dtype(dtype) == np.uint8:
        return random.randint(0, 256, shape).astype(np.uint8)
    return (random.standard_normal(shape) * (random.uniform(size=shape) < 0.7)).astype(dtype)


def kron_rows(w, data, blocks):
    """(rows, k*m) in float64 from data (rows, k*n), through np.kron."""
    return data.astype(np.float64) @ np.kron(np.eye(blocks), w.astype(np.float64)).T


def assert_close(result, expected, w, data):
    """Equal up to the rounding of sums of data's last axis in w's type."""
    scale = np.abs(w).max(initial=0) * np.abs(data.astype(np.float64)).max(initial=0)
    n = w.shape[1]
    np.testing.assert_allclose(
        result, expected, rtol=1e-5, atol=(n + 3) * n * np.finfo(w.dtype).eps * scale)


@pytest.fixture(params=PAIRS, ids=["-".join(np.dtype(t).name for t in pair) for pair in PAIRS])
def pair(request):
    """(type of data, type of w)"""
    return request.param
