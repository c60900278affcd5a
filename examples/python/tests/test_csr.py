"""CSR matrices of scipy.sparse as data, compared with np.kron; and the ones that are refused."""

import itertools

import numpy as np
import pytest
from conftest import assert_close, kron_rows, make

import kron_eye

sparse = pytest.importorskip("scipy.sparse")
pytestmark = pytest.mark.scipy

KINDS = [getattr(sparse, name) for name in ("csr_matrix", "csr_array") if hasattr(sparse, name)]
PAIRS = [("f4", "f4"), ("f8", "f8"), ("f4", "f8")]


def with_indices(matrix, index_type):
    matrix.indptr = matrix.indptr.astype(index_type)
    matrix.indices = matrix.indices.astype(index_type)
    return matrix


def test_every_kind_and_small_shape():
    cases = 0
    for kind, index_type, (data_type, w_type) in itertools.product(KINDS, ("i4", "i8"), PAIRS):
        for rows, k, m, n in itertools.product((0, 1, 7), (1, 3), (1, 30), (1, 33)):
            w, dense = make((m, n), w_type), make((rows, k * n), data_type, seed=2)
            data = with_indices(kind(dense), index_type)
            expected = kron_rows(w, dense, k)
            y = kron_eye.apply(w, data)
            assert y.shape == (rows, k * m) and y.dtype == w_type
            assert_close(y, expected, w, dense)
            blocks = with_indices(kind(dense.reshape(rows * k, n)), index_type)
            assert np.array_equal(kron_eye.apply(w, blocks, blocks=k), y)
            cases += 1
    assert cases == len(KINDS) * 2 * 3 * 24


def test_unsorted_and_repeated_entries():
    w = make((3, 4), "f8")
    data = sparse.csr_matrix((np.array([1.0, 2, 3]), np.array([5, 0, 5]), np.array([0, 3, 3])),
                             shape=(2, 8))
    assert_close(kron_eye.apply(w, data), kron_rows(w, data.toarray(), 2), w, data.toarray())


def test_alpha_beta_and_out():
    w, dense, old = make((3, 4), "f8"), make((5, 8), "f8"), make((5, 2, 3), "f8", seed=3)
    product = kron_rows(w, dense, 2)
    out = old.copy()
    assert kron_eye.Plan(w, 2).apply(sparse.csr_matrix(dense), out, 2, -0.5) is out
    assert_close(out.reshape(5, 6), 2 * product - 0.5 * old.reshape(5, 6), w, dense)


@pytest.mark.parametrize("to", ["csc", "coo", "lil", "dok", "bsr"])
def test_other_formats(to):
    with pytest.raises(TypeError, match=f"must be a CSR matrix, not {to}"):
        kron_eye.apply(np.ones((3, 4)), sparse.csr_matrix(np.ones((5, 8))).asformat(to))


def test_other_types():
    ones = sparse.csr_matrix(np.ones((5, 8)))
    for data_type, w_type in (("i4", "f8"), ("f8", "f4")):
        with pytest.raises(TypeError, match="is not supported"):
            kron_eye.apply(np.ones((3, 4), w_type), ones.astype(data_type))
    with pytest.raises(TypeError, match="sparse data must be of .*, not complex128$"):
        kron_eye.apply(np.ones((3, 4)), ones.astype("c16"))
    with pytest.raises(TypeError, match=r"not csr_matrix; w.toarray\(\) is"):
        kron_eye.apply(ones, np.ones((3, 8)))
    with pytest.raises(TypeError, match="sparse data must be of float32 or float64, not uint8"):
        kron_eye.apply(np.ones((3, 4), "f4"), ones.astype("u1"))
    with pytest.raises(TypeError, match="data.data must be of dtype float32, not float64"):
        kron_eye.Plan(np.ones((3, 4)), 2, "f4").apply(ones)


def test_other_shapes():
    plan = kron_eye.Plan(np.ones((3, 4)), 2)
    for shape in ((5, 9), (5, 4)):
        with pytest.raises(ValueError, match=r"\(rows, 8\) or \(rows\*2, 4\), not"):
            plan.apply(sparse.csr_matrix(np.ones(shape)))
    with pytest.raises(ValueError, match="data has 5 rows, out 4"):
        plan.apply(sparse.csr_matrix(np.ones((5, 8))), np.ones((4, 6)))
    with pytest.raises(ValueError, match="needs an out"):
        plan.apply(sparse.csr_matrix(np.ones((5, 8))), beta=1)


def test_malformed():
    plan, out = kron_eye.Plan(np.ones((3, 4)), 2), np.full((5, 6), 7.0)
    for array, position, value, words in (("indices", 9, 8, r"position 9"),
                                          ("indices", 3, -1, r"position 3"),
                                          ("indptr", 2, 99, r"position 3"),
                                          ("indptr", 0, 1, "malformed"),
                                          ("indptr", 5, 41, "ends at 41"),
                                          ("indptr", 5, -1, "ends at -1")):
        data = sparse.csr_matrix(np.ones((5, 8)))
        getattr(data, array)[position] = value
        with pytest.raises(ValueError, match=words):
            plan.apply(data, out)
    data = sparse.csr_matrix(np.ones((5, 8)))
    data.indptr = data.indptr[:-1]
    with pytest.raises(ValueError, match="5 elements for 5 rows"):
        plan.apply(data, out)
    data = sparse.csr_matrix(np.ones((5, 8)))
    data.data = np.ones(80)[::2]
    with pytest.raises(ValueError, match="data.data must be a contiguous"):
        plan.apply(data, out)
    assert (out == 7).all()


def test_out_overlaps_data():
    data = sparse.csr_matrix(np.ones((5, 8)))
    with pytest.raises(ValueError, match="out overlaps data"):
        kron_eye.apply(np.ones((3, 4)), data, out=data.data[:30].reshape(5, 6))
