"""gradient against einsum and finite differences; bias and activation; plans with a new W."""

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
    (ValueError, "blocks must be given", dict(x=X.reshape(5, 8), dy=DY.reshape(5, 6))),
    (ValueError, "x has 4 rows, dy 5", dict(x=X[:4])),
    (ValueError, r"dy must be of shape .*\(rows, 2, 3\).*, not \(5, 3, 3\)", dict(dy=np.ones((5, 3, 3)))),
    (ValueError, "x of shape .* is not made of rows of 3 blocks", dict(x=X.reshape(5, 8), blocks=3)),
    (TypeError, "dy must be of dtype float64, not float32", dict(dy=DY.astype("f4"))),
    (TypeError, "data of uint8 with w of uint8", dict(x=X.astype("u1"), dy=DY.astype("u1"))),
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
