"""Gradients against einsum and finite differences; bias and activation; plans with a new W."""

import itertools
import threading

import numpy as np
import pytest
from conftest import make

import kron_eye


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_gradient_of_every_shape(dtype):
    cases = 0
    for rows, k, (m, n), right, transpose, each in itertools.product(
            (1, 5), (1, 3), ((1, 4), (3, 2), (5, 7)), (1, 4), (False, True), (False, True)):
        x, dy = make((rows, k, n, right), dtype, 1), make((rows, k, m, right), dtype, 2)
        expected = np.einsum("raic,rajc->aij", dy.astype("f8"), x.astype("f8"))
        expected = expected if each else expected.sum(axis=0)
        expected = expected.swapaxes(-1, -2) if transpose else expected
        flat = (x.reshape(rows, -1), dy.reshape(rows, -1), k)
        full = (x, dy) if right > 1 else (x[..., 0], dy[..., 0])
        for arguments in (flat, full):
            dw = kron_eye.gradient(*arguments, right=right, transpose=transpose, per_block=each)
            assert dw.shape == expected.shape and dw.dtype == dtype
            np.testing.assert_allclose(dw, expected, rtol=1e-4, atol=1e-4)
        cases += 1
    assert cases == 2 * 2 * 3 * 2 * 2 * 2


def test_gradient_by_finite_differences():
    w, x = make((3, 4), "f8"), make((5, 2, 4, 3), "f8", 2)
    target = make((5, 2, 3, 3), "f8", 3)

    def loss(w):
        return 0.5 * ((kron_eye.apply(w, x, right=3) - target) ** 2).sum()

    dw = kron_eye.gradient(x, kron_eye.apply(w, x, right=3) - target, right=3)
    for i, j in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[i, j] = 1e-5
        np.testing.assert_allclose(dw[i, j], (loss(w + step) - loss(w - step)) / 2e-5, rtol=1e-6,
                                   atol=1e-6)


def test_gradient_alpha_beta_out_and_one_row_for_all():
    x, dy = make((5, 2, 4), "f8"), make((5, 2, 3), "f8", 2)
    old = make((3, 4), "f8", 3)
    out = old.copy()
    assert kron_eye.gradient(x, dy, out=out, alpha=-0.5, beta=2) is out
    np.testing.assert_allclose(out, -0.5 * np.einsum("rai,raj->ij", dy, x) + 2 * old, atol=1e-12)
    one = np.broadcast_to(x[0], x.shape)
    np.testing.assert_allclose(kron_eye.gradient(one, dy), np.einsum("rai,aj->ij", dy, x[0]),
                               atol=1e-12)


def test_gradient_of_nothing():
    assert (kron_eye.gradient(np.ones((0, 2, 4)), np.ones((0, 2, 3))) == np.zeros((3, 4))).all()


X, DY = np.ones((5, 2, 4)), np.ones((5, 2, 3))
REFUSED = [
    (ValueError, "blocks must be given: no axis of x or of dy is", dict(x=X.reshape(5, 8), dy=DY.reshape(5, 6))),
    (ValueError, "x has 4 rows, dy 5", dict(x=X[:4])),
    (ValueError, r"dy must be of shape .*\(rows, 2, 3\).*, not \(5, 3, 3\)", dict(dy=np.ones((5, 3, 3)))),
    (ValueError, "x of shape .* is not made of rows of 3 blocks", dict(x=X.reshape(5, 8), blocks=3)),
    (TypeError, "dy must be of dtype float64, not float32", dict(dy=DY.astype("f4"))),
    (TypeError, "x must be of float32 or float64, not uint8", dict(x=X.astype("u1"))),
    (TypeError, r"not int32; .*astype\('float64'\) will do", dict(x=X.astype("i4"))),
    (TypeError, "x must be of float32 or float64, not complex128$", dict(x=X + 1j)),
    (ValueError, "out overlaps x or dy", dict(out=X.reshape(40)[:12].reshape(3, 4))),
    (ValueError, r"out must be of shape \(3, 4\) in C order", dict(out=np.ones((4, 3)))),
    (ValueError, r"out must be of shape \(3, 4\) in C order", dict(out=np.ones((4, 3)).T)),
    (ValueError, r"out must be of shape \(2, 3, 4\)", dict(out=np.ones((3, 4)), per_block=True)),
    (ValueError, "needs an out", dict(beta=1)),
    (ValueError, "route must be one of", dict(route="mkl")),
]


@pytest.mark.parametrize("error,words,change", REFUSED, ids=[case[1] for case in REFUSED])
def test_gradient_refuses(error, words, change):
    with pytest.raises(error, match=words):
        kron_eye.gradient(**{"x": X, "dy": DY, **change})


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_bias_gradient_of_every_shape(dtype):
    cases = 0
    for rows, k, m, right, each in itertools.product((0, 1, 5), (1, 3), (1, 7), (1, 4),
                                                     (False, True)):
        dy, old = make((rows, k, m, right), dtype), make((k, m) if each else (m,), dtype, 2)
        expected = np.einsum("raic->ai" if each else "raic->i", dy.astype("f8"))
        for given, blocks in ((dy if right > 1 else dy[..., 0], None), (dy.reshape(rows, k * m * right), k)):
            db = kron_eye.bias_gradient(given, blocks, right=right, per_block=each)
            assert db.shape == expected.shape and db.dtype == dtype
            np.testing.assert_allclose(db, expected, rtol=1e-4, atol=1e-4)
            out = old.copy()
            assert kron_eye.bias_gradient(given, blocks, out, -0.5, 2, right=right,
                                          per_block=each) is out
            np.testing.assert_allclose(out, -0.5 * expected + 2 * old, rtol=1e-4, atol=1e-4)
            cases += 1
    assert cases == 3 * 2 * 2 * 2 * 2 * 2


def test_bias_gradient_of_one_row_of_lists_and_of_strided_rows():
    wide = make((5, 9), "f8")
    np.testing.assert_allclose(kron_eye.bias_gradient(wide[:, 2:8], 2),
                               wide[:, 2:8].reshape(-1, 3).sum(axis=0), atol=1e-12)
    np.testing.assert_allclose(kron_eye.bias_gradient(np.broadcast_to(wide[0, :6], (5, 6)), 2),
                               5 * wide[0, :6].reshape(-1, 3).sum(axis=0), atol=1e-12)
    assert kron_eye.bias_gradient([1, 2, 3, 4, 5, 6], 2).tolist() == [5, 7, 9]
    assert kron_eye.bias_gradient([[[1, 2, 3]], [[4, 5, 6]]]).tolist() == [5, 7, 9]


REFUSED_OF_BIAS = [
    (ValueError, "blocks must be given: no axis of dy is", dict(dy=DY.reshape(5, 6))),
    (ValueError, r"dy of shape \(5, 6\) is not made of rows of 4 blocks",
     dict(dy=DY.reshape(5, 6), blocks=4)),
    (ValueError, "dy of shape .*, each 4 wide", dict(dy=DY.reshape(5, 6), blocks=1, right=4)),
    (ValueError, r"dy must be of shape .*\(rows, 5, 3\).*, not \(5, 2, 3\)", dict(blocks=5)),
    (ValueError, "not contiguous", dict(dy=np.asfortranarray(DY))),
    (TypeError, r"dy must be of float32 or float64, not int64; .*astype\('float64'\) will do",
     dict(dy=DY.astype("i8"))),
    (TypeError, "out must be of dtype float64", dict(out=np.ones(3, "f4"))),
    (ValueError, r"out must be of shape \(3,\) in C order", dict(out=np.ones((2, 3)))),
    (ValueError, r"out must be of shape \(3,\) in C order", dict(out=np.ones(6)[::2])),
    (ValueError, r"out must be of shape \(2, 3\) in C", dict(out=np.ones(3), per_block=True)),
    (ValueError, "out is read-only", dict(out=np.broadcast_to(np.ones(3), (2, 3))[0])),
    (ValueError, "out overlaps dy", dict(out=DY[1, 1])),
    (ValueError, "needs an out", dict(beta=1)),
]


@pytest.mark.parametrize("error,words,change", REFUSED_OF_BIAS,
                         ids=[case[1] for case in REFUSED_OF_BIAS])
def test_bias_gradient_refuses(error, words, change):
    with pytest.raises(error, match=words):
        kron_eye.bias_gradient(**{"dy": DY, **change})
    assert (DY == 1).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_relu_backward_of_every_rank(dtype):
    for shape in ((), (0,), (37,), (5, 6), (0, 6), (5, 0), (1, 7), (5, 2, 3), (3, 2, 4, 5)):
        y, dy = np.maximum(make(shape, dtype), 0).astype(dtype), make(shape, dtype, 2)
        y, dy = np.asarray(y), np.asarray(dy)
        expected = np.where(y > 0, dy, 0).astype(dtype)
        dz = kron_eye.relu_backward(y, dy)
        assert dz.shape == shape and dz.dtype == dtype and np.array_equal(dz, expected)
        assert not np.signbit(dz[y <= 0]).any()
        assert kron_eye.relu_backward(y, dy, out=dy) is dy and np.array_equal(dy, expected)


def test_relu_backward_of_a_nan_of_lists_and_of_strided_rows():
    dz = kron_eye.relu_backward(np.array([np.nan, -0.0, 1, -1]), np.array([1.0, 2, np.nan, np.nan]))
    assert np.isnan(dz).tolist() == [True, False, True, False] and dz[1] == dz[3] == 0
    y, dy, out = make((5, 9), "f8"), make((10, 6), "f8", 2), np.full((5, 8), 7.0)
    kron_eye.relu_backward(y[:, 2:8], dy[::2], out[:, 1:7])
    assert np.array_equal(out[:, 1:7], np.where(y[:, 2:8] > 0, dy[::2], 0))
    assert (out[:, 0] == 7).all() and (out[:, 7] == 7).all()
    assert kron_eye.relu_backward([[0, 2], [3, -1]], [[5, 6], [7, 8]]).tolist() == [[0, 6], [7, 0]]


REFUSED_OF_RELU = [
    (ValueError, r"dy must be of shape \(5, 2, 3\) as y is, not \(5, 6\)",
     dict(dy=DY.reshape(5, 6))),
    (ValueError, r"out must be of shape \(5, 2, 3\) as y is, not \(5, 2\)",
     dict(out=np.ones((5, 2)))),
    (TypeError, "dy must be of dtype float64, not float32", dict(dy=DY.astype("f4"))),
    (TypeError, "y must be of float32 or float64, not uint8; astype.'float32'",
     dict(y=DY.astype("u1"))),
    (TypeError, "out must be a numpy.ndarray, not list", dict(out=[])),
    (TypeError, "not MaskedArray", dict(y=np.ma.ones((5, 2, 3)))),
    (ValueError, "y of shape .* not contiguous", dict(y=np.asfortranarray(DY))),
    (ValueError, "dy of shape .* overlap one another", dict(dy=np.broadcast_to(DY[0], DY.shape))),
    (ValueError, "pass numpy.empty", dict(out=np.asfortranarray(DY))),
    (ValueError, "out overlaps y, or dy", dict(out=DY)),
]


@pytest.mark.parametrize("error,words,change", REFUSED_OF_RELU,
                         ids=[case[1] for case in REFUSED_OF_RELU])
def test_relu_backward_refuses(error, words, change):
    with pytest.raises(error, match=words):
        kron_eye.relu_backward(**{"y": DY, "dy": DY + 1, **change})
    assert (DY == 1).all()


def test_a_layer_by_finite_differences():
    w, b, x = make((3, 4), "f8"), make((2, 3), "f8", 2), make((5, 2, 4, 6), "f8", 3)
    target = make((5, 2, 3, 6), "f8", 4)

    def loss(w, b):
        y = kron_eye.apply(w, x, right=6, bias=b, activation="relu")
        return 0.5 * ((y - target) ** 2).sum(), y

    y = loss(w, b)[1]
    dz = kron_eye.relu_backward(y, y - target)
    gradients = (kron_eye.gradient(x, dz, right=6),
                 kron_eye.bias_gradient(dz, right=6, per_block=True))
    tried = 0
    for number, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            losses = []
            for step in (1e-6, -1e-6):
                moved = [w.copy(), b.copy()]
                moved[number][place] += step
                losses.append(loss(*moved)[0])
            np.testing.assert_allclose(gradient[place], (losses[0] - losses[1]) / 2e-6, rtol=1e-5,
                                       atol=1e-5)
            tried += 1
    assert tried == 12 + 6


def test_bias_and_activation(pair):
    data_type, w_type = pair
    w, data, old = make((3, 4), w_type), make((5, 2, 4), data_type, 2), make((5, 2, 3), w_type, 3)
    plan = kron_eye.Plan(w, 2, data_type)
    activations = {None: lambda v: v, "relu": lambda v: np.where(v < 0, 0, v),
                   (-0.25, 1.5): lambda v: np.clip(v, w.dtype.type(-0.25), w.dtype.type(1.5))}
    cases = 0
    for bias, (activation, function), beta in itertools.product(
            (None, make((3,), w_type, 4), make((2, 3), w_type, 5)), activations.items(), (0, -1)):
        expected = plan.apply(data, old.copy(), 0.5, beta)
        expected = function(expected if bias is None else expected + bias)
        out = old.copy()
        plan.apply(data, out, 0.5, beta, bias=bias, activation=activation)
        assert np.array_equal(out, expected), (activation, beta)
        once = kron_eye.apply(w, data, out=old.copy(), alpha=0.5, beta=beta, bias=bias,
                              activation=activation)
        assert np.array_equal(once, expected)
        cases += 1
    assert cases == 3 * 3 * 2


def test_a_nan_stays_a_nan():
    w, data = np.ones((3, 4)), np.ones((2, 8))
    data[1, 5] = np.nan
    for activation in ("relu", (0, 1)):
        y = kron_eye.apply(w, data, activation=activation)
        assert np.isnan(y).tolist() == [[False] * 6, [False] * 3 + [True] * 3]


def test_bias_in_right_and_bias_that_is_part_of_out():
    w, data = make((3, 4), "f8"), make((5, 2, 4, 6), "f8", 2)
    bias = make((2, 3), "f8", 3)
    expected = kron_eye.apply(w, data, right=6) + bias[:, :, np.newaxis]
    assert np.array_equal(kron_eye.apply(w, data, right=6, bias=bias), expected)
    out = np.empty((5, 6))
    out[0] = [1, 2, 3, 4, 5, 6]
    flat = data[..., 0].reshape(5, 8).copy()
    expected = kron_eye.apply(w, flat) + [1, 2, 3, 1, 2, 3]
    assert np.array_equal(kron_eye.apply(w, flat, out=out, bias=out[0, :3]), expected)


def test_update():
    old, new = make((3, 4), "f4"), make((3, 4), "f4", 2)
    data = make((5, 8), "f4", 3)
    plan = kron_eye.Plan(old, 2)
    plan.update(np.asfortranarray(new))
    assert np.array_equal(plan.apply(data), kron_eye.apply(new, data))
    assert np.array_equal(plan.w, new) and not plan.w.flags.writeable
    for wrong in (new[:2], new.astype("f8"), np.stack([new, new])):
        with pytest.raises(ValueError, match="w must be .* as before"):
            plan.update(wrong)
    assert np.array_equal(plan.apply(data), kron_eye.apply(new, data))
    plan.close()
    with pytest.raises(ValueError, match="the plan is closed"):
        plan.update(new)


def test_update_leaves_an_apply_under_way_alone():
    old, new, data = make((3, 4), "f8"), make((3, 4), "f8", 2), make((5, 8), "f8", 3)
    plan = kron_eye.Plan(old, 2)
    with plan._in_use() as pointer:
        plan.update(new)
        assert plan._handle.pointer.value != pointer.value
    with plan._in_use() as pointer:
        pass
    plan.update(old)
    assert plan._handle.pointer.value == pointer.value
    assert np.array_equal(plan.apply(data), kron_eye.apply(old, data))


def test_update_while_others_apply():
    ws = [np.full((30, 50), value, "f4") for value in (1, 2)]
    plan, data = kron_eye.Plan(ws[0], 4, threads=1), np.ones((200, 200), "f4")
    seen = []

    def work():
        for _ in range(30):
            seen.append(set(np.unique(plan.apply(data))))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in range(60):
        plan.update(ws[number % 2])
    for worker in workers:
        worker.join()
    assert len(seen) == 90 and all(values in ({50}, {100}) for values in seen)
