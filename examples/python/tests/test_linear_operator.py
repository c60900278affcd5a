"""A plan as an operator in SciPy's solvers."""

import numpy as np
import pytest
from conftest import make

import kron_eye

linalg = pytest.importorskip("scipy.sparse.linalg")


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_products_on_both_sides(dtype):
    w = make((3, 4), dtype)
    operator = kron_eye.as_linear_operator(kron_eye.Plan(w, 2))
    dense = np.kron(np.eye(2), w.astype("f8"))
    assert operator.shape == dense.shape and operator.dtype == dtype
    tolerance = 100 * np.finfo(dtype).eps
    for matrix, wide in ((operator, dense), (operator.T, dense.T), (operator.H, dense.T)):
        vector, columns = make(wide.shape[1], dtype), make((wide.shape[1], 7), dtype)
        for x in (vector, vector[:, np.newaxis], columns, np.asfortranarray(columns),
                  columns[:, :0]):
            np.testing.assert_allclose(matrix @ x, wide @ x, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(operator.rmatvec(make(6, dtype)), dense.T @ make(6, dtype),
                               rtol=tolerance, atol=tolerance)


def test_least_squares():
    w = make((9, 4), "f8")
    solution = make(8, "f8", seed=2)
    operator = kron_eye.as_linear_operator(kron_eye.Plan(w, 2))
    found = linalg.lsqr(operator, operator @ solution, atol=1e-12, btol=1e-12)[0]
    np.testing.assert_allclose(found, solution, atol=1e-9)


def test_singular_values():
    w = make((9, 6), "f4")
    largest = linalg.svds(kron_eye.as_linear_operator(kron_eye.Plan(w, 3)), k=3,
                          return_singular_vectors=False)
    np.testing.assert_allclose(largest, [np.linalg.norm(w, 2)] * 3, rtol=1e-4)


def test_other_types():
    operator = kron_eye.as_linear_operator(kron_eye.Plan(make((3, 4), "f4"), 2))
    assert (operator @ np.arange(8)).dtype == np.float32
    with pytest.raises(TypeError):
        operator @ (np.ones(8) + 1j)
    for data_type, w_type in (("f4", "f8"), ("u1", "f4")):
        with pytest.raises(TypeError, match="a linear operator has one type"):
            kron_eye.as_linear_operator(kron_eye.Plan(make((3, 4), w_type), 2, data_type))
