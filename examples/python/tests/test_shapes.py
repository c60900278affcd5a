"""I_k (x) op(W) (x) I_right and a W for each block, against the operator really formed."""

import itertools

import numpy as np
import pytest
from conftest import assert_close, make

import kron_eye


def formed(w, blocks, right, transpose):
    """The operator in float64."""
    each = w if w.ndim == 3 else [w] * blocks
    each = [one.T if transpose else one for one in np.asarray(each, "f8").reshape(-1, *w.shape[-2:])]
    m, n = (w.shape[-2:][::-1] if transpose else w.shape[-2:])
    whole = np.zeros((blocks * m, blocks * n))
    for a, one in enumerate(each):
        whole[a * m:(a + 1) * m, a * n:(a + 1) * n] = one
    return np.kron(whole, np.eye(right))


def scale(w):
    return w.reshape(-1, w.shape[-1])


def test_every_small_shape(pair):
    data_type, w_type = pair
    cases = 0
    for rows, k, (m, n), right, transpose, each in itertools.product(
            (1, 5), (1, 2, 3), ((1, 4), (3, 2), (5, 7)), (1, 2, 3, 9), (False, True),
            (False, True)):
        w = make((k,) * each + ((n, m) if transpose else (m, n)), w_type)
        data = make((rows, k * n * right), data_type, seed=2)
        operator = formed(w, k, right, transpose)
        y = kron_eye.apply(w, data, right=right, transpose=transpose)
        assert y.shape == (rows, k * m * right) and y.dtype == w_type
        expected = data.astype("f8") @ operator.T
        assert_close(y, expected, np.abs(w).max() * np.ones((1, n + 1), w_type), data)
        plan = kron_eye.Plan(w, k, data_type, right=right, transpose=transpose)
        assert plan.shape == operator.shape and (plan.right, plan.transpose) == (right, transpose)
        assert np.array_equal(plan.apply(data), y)
        cases += 1
    assert cases == 2 * 3 * 3 * 4 * 2 * 2


def test_rank_of_data_is_rank_of_result():
    w, data = make((3, 4), "f8"), make((5, 2, 4, 6), "f8", seed=2)
    expected = np.einsum("ij,rajc->raic", w, data)
    for shape, result in (((5, 2, 4, 6), (5, 2, 3, 6)), ((5, 48), (5, 36))):
        y = kron_eye.apply(w, data.reshape(shape), right=6)
        assert y.shape == result
        np.testing.assert_allclose(y.reshape(expected.shape), expected, atol=1e-12)
    y = kron_eye.apply(w, data[0].reshape(48), right=6)
    np.testing.assert_allclose(y, expected[0].reshape(36), atol=1e-12)
    out = np.full((5, 2, 3, 6), np.nan)
    assert kron_eye.apply(w, data.reshape(5, 48), out=out, right=6) is out
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_alpha_beta_and_strided_rows():
    w, wide = make((3, 4), "f4"), make((5, 40), "f4", seed=2)
    data, old = wide[:, 2:26], make((5, 18), "f4", seed=3)
    expected = -0.5 * (data @ formed(w, 2, 3, False).T) + 2 * old
    kron_eye.apply(w, data, out=old, alpha=-0.5, beta=2, right=3)
    np.testing.assert_allclose(old, expected, rtol=1e-4, atol=1e-5)


def test_adjoint_is_the_transpose():
    w, x, y = make((2, 3, 4), "f8"), make((1, 40), "f8", seed=2), make((1, 30), "f8", seed=3)
    forward = kron_eye.apply(w, x, right=5)
    backward = kron_eye.apply(w, y, right=5, transpose=True)
    np.testing.assert_allclose((y * forward).sum(), (backward * x).sum(), rtol=1e-12)


def test_empty_sizes():
    assert kron_eye.apply(np.ones((3, 4)), np.ones((5, 0)), blocks=2, right=0).shape == (5, 0)
    assert kron_eye.apply(np.ones((0, 3, 4)), np.ones((5, 0))).shape == (5, 0)
    y = kron_eye.apply(np.ones((2, 3, 0)), np.ones((5, 0)), right=4)
    assert y.shape == (5, 24) and (y == 0).all()


@pytest.mark.scipy
def test_sparse_data():
    sparse = pytest.importorskip("scipy.sparse")
    data = make((5, 8), "f8", seed=2)
    for w, transpose in ((make((4, 3), "f8"), True), (make((2, 3, 4), "f8"), False),
                         (make((2, 4, 3), "f8"), True)):
        y = kron_eye.Plan(w, 2, transpose=transpose).apply(sparse.csr_matrix(data))
        np.testing.assert_allclose(y, data @ formed(w, 2, 1, transpose).T, atol=1e-12)
    with pytest.raises(ValueError, match="CSR data need right = 1, and the plan has 2"):
        kron_eye.Plan(np.ones((3, 4)), 1, right=2).apply(sparse.csr_matrix(data))
    with pytest.raises(ValueError, match="for dense data"):
        kron_eye.Plan(np.ones((3, 4)), 2).apply(sparse.csr_matrix(data), activation="relu")
