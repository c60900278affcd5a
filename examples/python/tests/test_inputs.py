"""What is not an array of NumPy's: lists and things with `__array__`; and arrays of all sorts."""

import numpy as np
import pytest
from conftest import assert_close, kron_rows, make

import kron_eye

W, DATA = make((3, 4), "f8"), make((5, 8), "f8", seed=2)


class Frame:
    """Holds an array, as a data frame does."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)


def test_lists_and_frames():
    expected = kron_eye.apply(W, DATA)
    for kind in (np.ndarray.tolist, Frame, lambda array: list(map(tuple, array))):
        assert np.array_equal(kron_eye.apply(kind(W), kind(DATA)), expected)
        assert np.array_equal(kron_eye.Plan(kind(W), 2).apply(kind(DATA)), expected)


@pytest.mark.parametrize("lay_out", [np.asfortranarray, lambda array: array[::-1, ::-1],
                                     lambda array: np.repeat(array, 2, axis=1)[:, ::2]])
def test_what_a_frame_holds_may_lie_in_any_order(lay_out):
    """A data frame has its columns in one piece each, so its array is in Fortran order."""
    w, data, dy = lay_out(W), lay_out(DATA), lay_out(make((5, 6), "f8", seed=3))
    w_c, data_c, dy_c = (array.copy(order="C") for array in (w, data, dy))
    y = kron_eye.apply(w_c, data_c)
    for result, expected in (
            (kron_eye.apply(Frame(w), Frame(data)), y),
            (kron_eye.Plan(Frame(w), 2).apply(Frame(data)), y),
            (kron_eye.mode_product(w, Frame(data.reshape(5, 2, 4).swapaxes(1, 2)), 1),
             kron_eye.mode_product(w, data_c.reshape(5, 2, 4).swapaxes(1, 2).copy(), 1)),
            (kron_eye.Chain([w, 2]).apply(Frame(data)), kron_eye.Chain([w, 2]).apply(data_c)),
            (kron_eye.gradient(Frame(data), Frame(dy), 2), kron_eye.gradient(data_c, dy_c, 2)),
            (kron_eye.bias_gradient(Frame(dy), 2), kron_eye.bias_gradient(dy_c, 2)),
            (kron_eye.relu_backward(Frame(dy), Frame(-dy)), kron_eye.relu_backward(dy_c, -dy_c))):
        assert np.array_equal(result, expected)


def test_a_list_takes_the_type_of_the_plan():
    w = W.astype("f4")
    expected = kron_eye.apply(w, DATA.astype("f4"))
    assert expected.dtype == np.float32
    assert np.array_equal(kron_eye.apply(w, DATA.tolist()), expected)
    assert np.array_equal(kron_eye.Plan(w, 2)(DATA.tolist()), expected)


def test_a_list_updates_a_plan_of_any_type():
    plan = kron_eye.Plan(np.zeros((3, 4), "f4"), 2)
    plan.update(W.tolist())
    assert np.array_equal(plan.w, W.astype("f4"))
    with pytest.raises(ValueError, match=r"\(3, 4\) of float32 as before, not .* of float64"):
        plan.update(W)


def test_complex_data_as_the_errors_say():
    data = (make((5, 8), "f8", 3) + 1j * make((5, 8), "f8", 4)).astype("c8")
    for w, real, whole in ((W.astype("f4"), "float32", "c8"), (W, "float32", "c16")):
        with pytest.raises(TypeError, match=f"data.view.'{real}'. with right=2 will do"):
            kron_eye.apply(w, data)
        y = kron_eye.apply(w, data.view(real), right=2).view(whole)
        np.testing.assert_allclose(y, data @ np.kron(np.eye(2), w).T, rtol=1e-4, atol=1e-4)


def test_integers_in_lists_are_float64():
    result = kron_eye.apply([[1, 2], [3, 4], [5, 6]], [1, 0, 0, 1])
    assert result.dtype == np.float64
    assert result.tolist() == [1, 3, 5, 2, 4, 6]


def test_a_frame_keeps_its_type():
    assert kron_eye.apply(Frame(W), Frame(DATA.astype("f4"))).dtype == np.float64
    with pytest.raises(TypeError, match="data of float64 with w of float32"):
        kron_eye.apply(W.astype("f4"), Frame(DATA))
    with pytest.raises(TypeError, match="data must be of dtype float32, not float64"):
        kron_eye.Plan(W.astype("f4"), 2).apply(Frame(DATA))


def test_lists_are_not_written():
    with pytest.raises(TypeError, match="out must be a numpy.ndarray, not list"):
        kron_eye.apply(W, DATA, out=[[0.0] * 6] * 5)


def test_bytes_are_not_made_of_lists():
    plan = kron_eye.Plan(W.astype("f4"), 2, "u1")
    with pytest.raises(TypeError, match="must be of dtype uint8, and is a list of"):
        plan.apply([[1] * 7 + [256]])


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_memory_maps_in_and_out(tmp_path, mode):
    np.save(tmp_path / "data.npy", DATA)
    data = np.load(tmp_path / "data.npy", mmap_mode=mode)
    out = np.lib.format.open_memmap(tmp_path / "y.npy", "w+", "f8", (5, 6))
    kron_eye.apply(W, data, out=out)
    out.flush()
    assert_close(np.load(tmp_path / "y.npy"), kron_rows(W, DATA, 2), W, DATA)


def test_read_only_inputs():
    w, data = W.copy(), DATA.copy()
    w.flags.writeable = data.flags.writeable = False
    assert np.array_equal(kron_eye.apply(w, data), kron_eye.apply(W, DATA))
    assert np.array_equal(kron_eye.apply(np.frombuffer(W.tobytes()).reshape(3, 4), DATA),
                          kron_eye.apply(W, DATA))


def test_a_subclass():
    class Named(np.ndarray):
        """As numpy.matrix, and others, are."""

    assert np.array_equal(kron_eye.apply(W.view(Named), DATA.view(Named)), kron_eye.apply(W, DATA))
