"""mode_product against tensordot, for each axis and rank; layouts and what is refused."""

import numpy as np
import pytest
from conftest import make

import kron_eye

SHAPES = [(4,), (4, 3), (2, 4), (2, 4, 3), (5, 2, 4), (4, 3, 2), (2, 3, 4, 5), (3, 4, 2, 1, 6)]


def expected_of(w, array, axis):
    return np.moveaxis(np.tensordot(array.astype("f8"), w.astype("f8"), axes=(axis, 1)), -1, axis)


def test_every_axis(pair):
    data_type, w_type = pair
    cases = 0
    for shape in SHAPES:
        array = make(shape, data_type, seed=2)
        for axis in range(-len(shape), len(shape)):
            n = shape[axis]
            w = make((7, n), w_type)
            y = kron_eye.mode_product(w, array, axis)
            expected = expected_of(w, array, axis)
            assert y.shape == expected.shape and y.dtype == w_type and y.flags.c_contiguous
            np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
            again = kron_eye.mode_product(np.ascontiguousarray(w.T), array, axis, transpose=True)
            np.testing.assert_allclose(again, y, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
            cases += 1
    assert cases == 2 * sum(map(len, SHAPES)) == 46


def test_the_default_is_the_last_axis():
    w, array = make((7, 4), "f8"), make((2, 3, 4), "f8")
    np.testing.assert_allclose(kron_eye.mode_product(w, array), array @ w.T, atol=1e-12)


def test_a_w_at_each_place():
    array = make((2, 3, 4, 5), "f8", seed=2)
    w = make((2, 3, 7, 4), "f8")
    expected = np.einsum("abij,abjc->abic", w, array)
    np.testing.assert_allclose(kron_eye.mode_product(w, array, 2), expected, atol=1e-12)
    w = np.ascontiguousarray(w.swapaxes(2, 3))
    np.testing.assert_allclose(kron_eye.mode_product(w, array, 2, transpose=True), expected,
                               atol=1e-12)


def test_alpha_beta_out_and_a_strided_first_axis():
    w, whole = make((7, 4), "f8"), make((6, 4, 5), "f8", seed=2)
    old = make((6, 7, 5), "f8", seed=3)
    every_other, out = whole[::2], old.copy()
    assert kron_eye.mode_product(w, every_other, 1, out=out[1::2], alpha=2, beta=-1).base is out
    np.testing.assert_allclose(out[1::2], 2 * expected_of(w, every_other, 1) - old[1::2],
                               atol=1e-12)
    assert np.array_equal(out[::2], old[::2])


def test_lists():
    assert kron_eye.mode_product([[1, 2], [3, 4], [5, 6]], [[1, 0], [0, 1]], 0).tolist() == [
        [1, 2], [3, 4], [5, 6]]


def test_empty():
    assert kron_eye.mode_product(np.ones((7, 4)), np.ones((2, 4, 0)), 1).shape == (2, 7, 0)
    assert kron_eye.mode_product(np.ones((7, 4)), np.ones((0, 4, 3)), 1).shape == (0, 7, 3)
    y = kron_eye.mode_product(np.ones((7, 0)), np.ones((2, 0, 3)), 1)
    assert y.shape == (2, 7, 3) and (y == 0).all()


CUBE = np.ones((2, 4, 3))
REFUSED = [
    (ValueError, "axis 3 is out of bounds", dict(axis=3)),
    (ValueError, "axis -4 is out of bounds", dict(axis=-4)),
    (ValueError, "axis 0 is out of bounds", dict(array=np.array(1.0), axis=0)),
    (ValueError, "has 3 values along axis 2, and op.w. 4 columns", dict(axis=2)),
    (ValueError, "has 4 values along axis 1, and op.w. 7 columns", dict(transpose=True)),
    (ValueError, r"w must be of shape \(m, n\), or \(2,\) and", dict(w=np.ones((3, 7, 4)))),
    (ValueError, "not contiguous.*ascontiguousarray", dict(array=np.asfortranarray(CUBE))),
    (ValueError, "not contiguous", dict(array=np.ones((2, 8, 3))[:, ::2])),
    (ValueError, "rows run backwards", dict(array=CUBE[::-1])),
    (ValueError, "not contiguous", dict(array=np.ones((8, 3))[::2], axis=0)),
    (ValueError, r"out must be of shape \(2, 7, 3\), not \(14, 3\)", dict(out=np.ones((14, 3)))),
    (ValueError, "pass numpy.empty", dict(out=np.asfortranarray(np.ones((2, 7, 3))))),
    (ValueError, "needs an out", dict(beta=1)),
    (ValueError, "out overlaps array", dict(w=np.ones((4, 4)), out=CUBE)),
    (TypeError, r"array of int64 with w of float64 .*; array.astype\('float64'\) or",
     dict(array=CUBE.astype("i8"))),
    (TypeError, r"array of complex128 .*; array\[..., numpy.newaxis\].view\('float64'\) will do",
     dict(array=CUBE + 0j)),
    (TypeError, "array must be of dtype float64, and is a list of complex128$",
     dict(array=(CUBE + 1j).tolist())),
    (TypeError, "array must be .*, not MaskedArray", dict(array=np.ma.array(CUBE))),
    (TypeError, "axis must be an integer, not tuple", dict(axis=(1,))),
    (TypeError, "transpose must be True or False", dict(transpose="N")),
    (TypeError, "alpha must be a real number", dict(alpha="1")),
    (TypeError, "out must be of dtype float64", dict(out=np.ones((2, 7, 3), "f4"))),
]


@pytest.mark.parametrize("error,words,change", REFUSED, ids=[case[1] for case in REFUSED])
def test_what_is_refused(error, words, change):
    arguments = {"w": np.ones((7, 4)), "array": CUBE, "axis": 1, **change}
    with pytest.raises(error, match=words):
        kron_eye.mode_product(**arguments)
    assert (CUBE == 1).all()


def test_complex_arrays_as_the_errors_say():
    w, array = make((7, 4), "f8"), make((2, 4, 3), "f8", 2) + 1j * make((2, 4, 3), "f8", 3)
    y = kron_eye.mode_product(w, array[..., np.newaxis].view("float64"), 1)
    np.testing.assert_allclose(y.view(complex)[..., 0], np.einsum("ij,ajc->aic", w, array), atol=1e-12)
