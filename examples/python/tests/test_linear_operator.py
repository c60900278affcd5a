"""A plan as an operator in SciPy's solvers."""

import numpy as np
import pytest
from conftest import make

import kron_eye

linalg = pytest.importorskip("scipy.sparse.linalg")
pytestmark = pytest.mark.scipy


def operators(dtype):
    """Name -> (plan or chain, the operator formed)."""
    w, each, b = make((3, 4), dtype), make((2, 3, 4), dtype, 3), make((5, 2), dtype, 4)
    blocks = np.zeros((6, 8))
    blocks[:3, :4], blocks[3:, 4:] = each
    return {
        "left": (kron_eye.Plan(w, 2), np.kron(np.eye(2), w)),
        "right": (kron_eye.Plan(w, 2, right=3), np.kron(np.kron(np.eye(2), w), np.eye(3))),
        "transposed": (kron_eye.Plan(w, 2, right=3, transpose=True),
                       np.kron(np.kron(np.eye(2), w.T), np.eye(3))),
        "a W for each": (kron_eye.Plan(each), blocks),
        "chain": (kron_eye.Chain([w, 2, b]), np.kron(np.kron(w, np.eye(2)), b)),
    }


@pytest.mark.parametrize("name", operators("f8"))
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_products_on_both_sides(dtype, name):
    plan, dense = operators(dtype)[name]
    operator = kron_eye.as_linear_operator(plan)
    plan.close()
    dense = dense.astype("f8")
    assert operator.shape == dense.shape and operator.dtype == dtype
    tolerance = 100 * np.finfo(dtype).eps
    for matrix, wide in ((operator, dense), (operator.T, dense.T), (operator.H, dense.T)):
        vector, columns = make(wide.shape[1], dtype), make((wide.shape[1], 7), dtype)
        for x in (vector, vector[::-1], vector[:, np.newaxis], columns,
                  np.asfortranarray(columns), columns[:, ::2], columns[:, :0]):
            np.testing.assert_allclose(matrix @ x, wide @ x, rtol=tolerance, atol=tolerance)
    y = make(dense.shape[0], dtype)
    np.testing.assert_allclose(operator.rmatvec(y), dense.T @ y, rtol=tolerance, atol=tolerance)


def test_columns_are_not_copied(monkeypatch):
    seen = []
    real = kron_eye.Plan.apply
    monkeypatch.setattr(kron_eye.Plan, "apply",
                        lambda plan, data: seen.append((plan.right, data)) or real(plan, data))
    operator = kron_eye.as_linear_operator(kron_eye.Plan(make((3, 4), "f8"), 2))
    columns = make((8, 7), "f8")
    for x, right in ((columns, 7), (np.asfortranarray(columns), 1)):
        operator.matmat(x)
        assert seen[-1][0] == right and np.shares_memory(seen[-1][1], x)


def test_conjugate_gradients_on_the_normal_equations():
    w = make((9, 4), "f8")
    operator = kron_eye.as_linear_operator(kron_eye.Plan(w, 2, right=3))
    solution = make(24, "f8", seed=2)
    found, failed = linalg.cg(operator.T @ operator, operator.T @ (operator @ solution), atol=1e-12)
    assert failed == 0
    np.testing.assert_allclose(found, solution, atol=1e-3)


def test_lsmr():
    operator = kron_eye.as_linear_operator(kron_eye.Chain([make((5, 4), "f8"), 3]))
    solution = make(12, "f8", seed=2)
    found = linalg.lsmr(operator, operator @ solution, atol=1e-12, btol=1e-12)[0]
    np.testing.assert_allclose(found, solution, atol=1e-6)


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


@pytest.mark.parametrize("given", [np.ones((3, 4)), [[1.0]], None])
def test_neither_plan_nor_chain(given):
    with pytest.raises(TypeError, match=f"a Plan or a Chain, not {type(given).__name__}"):
        kron_eye.as_linear_operator(given)


def test_other_types():
    operator = kron_eye.as_linear_operator(kron_eye.Plan(make((3, 4), "f4"), 2))
    assert (operator @ np.arange(8)).dtype == np.float32
    with pytest.raises(TypeError):
        operator @ (np.ones(8) + 1j)
    for data_type, w_type in (("f4", "f8"), ("u1", "f4")):
        with pytest.raises(TypeError, match="a linear operator has one type"):
            kron_eye.as_linear_operator(kron_eye.Plan(make((3, 4), w_type), 2, data_type))
