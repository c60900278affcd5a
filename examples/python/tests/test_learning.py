"""Bias and activation; plans with a new W."""

import itertools
import threading

import numpy as np
import pytest
from conftest import make

import kron_eye


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
