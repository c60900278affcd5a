"""apply and Plan.apply against np.kron: shapes, layouts, alpha, beta and out."""

import itertools

import numpy as np
import pytest
from conftest import assert_close, kron_rows, make

import kron_eye


def test_every_small_shape(pair):
    data_type, w_type = pair
    cases = 0
    for rows, k, m, n in itertools.product((0, 1, 3, 17), (1, 2, 5), (1, 3, 8, 30), (1, 4, 33)):
        w, data = make((m, n), w_type), make((rows, k * n), data_type, seed=2)
        y = kron_eye.apply(w, data)
        assert y.shape == (rows, k * m) and y.dtype == w_type and y.flags.c_contiguous
        assert_close(y, kron_rows(w, data, k), w, data)
        cases += 1
    assert cases == 4 * 3 * 4 * 3


def test_rank_of_data_is_rank_of_result():
    w, data = make((3, 4), "f8"), make((5, 2, 4), "f8")
    expected = kron_rows(w, data.reshape(5, 8), 2)
    for result, shape in ((kron_eye.apply(w, data), (5, 2, 3)),
                          (kron_eye.apply(w, data.reshape(5, 8)), (5, 6)),
                          (kron_eye.apply(w, data.reshape(40)), (30,))):
        assert result.shape == shape
        assert_close(result.reshape(5, 6), expected, w, data)
    assert_close(kron_eye.Plan(w, 2)(data[3].reshape(8)), expected[3], w, data)


def test_out_of_another_rank():
    w, data = make((3, 4), "f8"), make((5, 8), "f8")
    out = np.full((5, 2, 3), np.nan)
    assert kron_eye.apply(w, data, out=out) is out
    assert_close(out.reshape(5, 6), kron_rows(w, data, 2), w, data)
    row = np.empty(6)
    kron_eye.apply(w, data[:1], out=row)
    assert_close(row, kron_rows(w, data, 2)[0], w, data)


def test_empty_sizes():
    assert kron_eye.apply(np.empty((0, 4)), np.ones((5, 8))).shape == (5, 0)
    assert kron_eye.apply(np.empty((3, 4)), np.empty((5, 0))).shape == (5, 0)
    assert kron_eye.apply(np.empty((3, 4)), np.empty((0, 8)), blocks=2).shape == (0, 6)
    assert (kron_eye.apply(np.empty((3, 0)), np.empty((5, 2, 0))) == np.zeros((5, 2, 3))).all()
    out = np.ones((5, 6))
    kron_eye.apply(np.empty((3, 0)), np.empty((5, 0)), blocks=2, out=out, beta=3)
    assert (out == 3).all()


def test_alpha_and_beta(pair):
    data_type, w_type = pair
    w, data, old = make((3, 4), w_type), make((5, 8), data_type), make((5, 6), w_type, seed=3)
    product = kron_rows(w, data, 2)
    for alpha, beta in itertools.product((0, 1, -0.5, np.float32(2)), repeat=2):
        out = old.copy()
        kron_eye.apply(w, data, out=out, alpha=alpha, beta=beta)
        assert_close(out, alpha * product + beta * old, w, data)


def test_beta_zero_does_not_read_out():
    w, data, out = make((3, 4), "f8"), make((5, 8), "f8"), np.full((5, 6), np.nan)
    kron_eye.apply(w, data, out=out)
    assert np.isfinite(out).all()


def test_rows_with_a_stride():
    w, wide = make((3, 4), "f4"), make((5, 20), "f4")
    plan = kron_eye.Plan(w, 2)
    views = {
        "columns": wide[:, 3:11],
        "every other row": wide[::2, :8],
        "blocks": wide.reshape(5, 5, 4)[:, 1:3],
        "one row for all": np.broadcast_to(wide[0, :8], (5, 8)),
        "one row for all, in blocks": np.broadcast_to(wide[0, :8].reshape(2, 4), (5, 2, 4)),
    }
    for name, view in views.items():
        expected = plan.apply(np.ascontiguousarray(view))
        assert np.array_equal(plan.apply(view), expected), name


def test_out_with_a_stride_leaves_the_gaps():
    w, data = make((3, 4), "f8"), make((5, 8), "f8")
    wide = np.full((5, 10), 7.0)
    kron_eye.apply(w, data, out=wide[:, 2:8])
    assert_close(wide[:, 2:8], kron_rows(w, data, 2), w, data)
    assert (wide[:, :2] == 7).all() and (wide[:, 8:] == 7).all()


def test_data_and_out_interleaved_in_one_array():
    w = make((3, 4), "f8")
    both = make((5, 14), "f8")
    expected = kron_rows(w, both[:, :8], 2)
    kron_eye.apply(w, both[:, :8], out=both[:, 8:])
    assert_close(both[:, 8:], expected, w, both)


def test_data_are_read_in_place(tmp_path):
    w, data = make((3, 4), "f4"), make((5, 8), "f4")
    data.tofile(tmp_path / "data")
    mapped = np.memmap(tmp_path / "data", "f4", "r", shape=(5, 8))
    assert np.array_equal(kron_eye.apply(w, mapped), kron_eye.apply(w, data))


def unaligned(array):
    bytes_of_it = np.frombuffer(b"1" + array.tobytes(), "u1").copy()
    return bytes_of_it[1:].view(array.dtype).reshape(array.shape)


@pytest.mark.parametrize("lay_out", [np.ascontiguousarray, np.asfortranarray, unaligned,
                                     lambda w: w[::-1].copy()[::-1]])
def test_w_in_any_layout_is_copied(lay_out):
    w, data = make((3, 4), "f8"), make((5, 8), "f8")
    laid_out = lay_out(w.copy())
    plan = kron_eye.Plan(laid_out, 2)
    laid_out[:] = np.nan
    assert_close(plan.apply(data), kron_rows(w, data, 2), w, data)
    assert np.array_equal(plan.w, w) and not plan.w.flags.writeable
