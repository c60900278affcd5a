"""Chains against np.kron: identities anywhere, rectangular factors, transposes, refusals."""

import copy
import functools
import gc
import itertools
import pickle
import weakref

import numpy as np
import pytest
from conftest import make

import kron_eye


def formed(factors):
    return functools.reduce(np.kron, (np.eye(f) if isinstance(f, int) else f for f in factors),
                            np.ones((1, 1)))


def test_every_order():
    choices = [make((3, 2), "f8", 1), make((1, 4), "f8", 2), make((2, 3), "f8", 3), 2, 5]
    cases = 0
    for length in range(4):
        for factors in itertools.permutations(choices, length):
            chain, whole = kron_eye.Chain(factors), formed(factors)
            assert chain.shape == whole.shape and chain.T.shape == whole.T.shape
            data, back = make((3, whole.shape[1]), "f8", 4), make((3, whole.shape[0]), "f8", 5)
            np.testing.assert_allclose(chain.apply(data), data @ whole.T, atol=1e-10)
            np.testing.assert_allclose(chain.T.apply(back), back @ whole, atol=1e-10)
            cases += 1
    assert cases == 1 + 5 + 20 + 60


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_types_and_forms(dtype):
    a, b = make((3, 4), dtype), np.asfortranarray(make((5, 2), dtype, 2))
    chain = kron_eye.Chain([a, 6, b])
    data = make((7, 4, 6, 2), dtype, 3)
    expected = np.einsum("ij,kl,rjcl->rick", a, b, data)
    assert chain.dtype == dtype
    for shape, result in (((7, 4, 6, 2), (7, 3, 6, 5)), ((7, 48), (7, 90))):
        y = chain(data.reshape(shape))
        assert y.shape == result and y.dtype == dtype
        np.testing.assert_allclose(y.reshape(expected.shape), expected, rtol=1e-4, atol=1e-4)
    row = chain.apply(data[1].reshape(48))
    assert row.shape == (90,)
    np.testing.assert_allclose(row, expected[1].reshape(90), rtol=1e-4, atol=1e-4)


def test_alpha_beta_and_out():
    a, b = make((3, 4), "f8"), make((5, 2), "f8", 2)
    data, old = make((7, 16), "f8", 3), make((7, 30), "f8", 4)
    out = old.copy()
    assert kron_eye.Chain([a, 2, b]).apply(data, out, -0.5, 2) is out
    np.testing.assert_allclose(out, -0.5 * data @ formed([a, 2, b]).T + 2 * old, atol=1e-10)


def test_identities_alone():
    for factors, size in (([], 1), ([6], 6), ([2, 3], 6)):
        chain, data = kron_eye.Chain(factors, "f4"), make((4, size), "f4")
        assert chain.dtype == np.float32 and np.array_equal(chain.apply(data), data)
    assert kron_eye.Chain([]).dtype == np.float64


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy,
                                       lambda chain: pickle.loads(pickle.dumps(chain))])
def test_copies_are_chains_of_their_own(duplicate):
    chain = kron_eye.Chain([make((3, 4), "f4"), np.int64(2)], threads=1, route="kernel")
    data = make((5, 8), "f4")
    expected, text = chain.apply(data), chain.describe()
    other = duplicate(chain)
    chain.close()
    assert np.array_equal(other.apply(data), expected) and other.describe() == text
    for use in (chain.describe, lambda: chain.T, lambda: chain.apply(data),
                lambda: duplicate(chain)):
        with pytest.raises(ValueError, match="the chain is closed"):
            use()


def test_factors_are_copied_and_the_chain_is_collected():
    a = make((3, 4), "f8")
    chain = kron_eye.Chain([a, 2])
    expected = chain.apply(np.ones(8))
    a[:] = np.nan
    assert np.array_equal(chain.apply(np.ones(8)), expected)
    assert not chain.factors[0].flags.writeable and chain.factors[1] == 2
    handle = weakref.ref(chain._handle)
    del chain
    gc.collect()
    assert handle() is None


A = np.ones((3, 4))
REFUSED = [
    (TypeError, "one type, .* float32, float64", lambda: kron_eye.Chain([A, A.astype("f4")])),
    (TypeError, "one type, .* float32, float64", lambda: kron_eye.Chain([A], "f4")),
    (TypeError, "factors must be of float32 or float64, not int64", lambda: kron_eye.Chain([A.astype("i8")])),
    (TypeError, "factor 2 must be an array or", lambda: kron_eye.Chain([A, "b"])),
    (ValueError, r"factor 2 must be an integer.*not \(4,\)", lambda: kron_eye.Chain([A, A[0]])),
    (ValueError, "factor 1, an identity, must be from 0", lambda: kron_eye.Chain([-1])),
    (ValueError, "does not fit in memory", lambda: kron_eye.Chain([2**62, A])),
    (ValueError, "zeros must be one of", lambda: kron_eye.Chain([A], zeros="never")),
    (ValueError, r"\(rows, 8\), \(rows, 4, 2\) or \(8,\), not \(5, 9\)",
     lambda: kron_eye.Chain([A, 2]).apply(np.ones((5, 9)))),
    (ValueError, "data has 5 rows, out 4",
     lambda: kron_eye.Chain([A, 2]).apply(np.ones((5, 8)), np.ones((4, 6)))),
    (ValueError, "needs an out", lambda: kron_eye.Chain([A, 2]).apply(np.ones(8), beta=1)),
    (ValueError, "out overlaps data",
     lambda: kron_eye.Chain([A, 2]).apply(A.reshape(12)[:8], A.reshape(12)[:6])),
    (TypeError, "data must be of dtype float64, not float32",
     lambda: kron_eye.Chain([A, 2]).apply(np.ones(8, "f4"))),
]


@pytest.mark.parametrize("error,words,use", REFUSED)
def test_what_is_refused(error, words, use):
    with pytest.raises(error, match=words):
        use()
    assert (A == 1).all()
