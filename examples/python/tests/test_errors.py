"""What is refused, with which exception and which words, and that out is untouched then."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import kron_eye

W = np.ones((3, 4))
DATA = np.ones((5, 8))

TYPES = [
    ("words", dict(data=[["a"] * 8]), "data must be an array or a nested list of numbers, not list"),
    ("an object", dict(data=object()), "data must be an array or .*, not object"),
    ("a list of complex", dict(data=[[1j] * 8]), "data must be of dtype float64, and is a list of"),
    ("a masked array", dict(data=np.ma.ones((5, 8))),
     r"data must be .*, not MaskedArray; data.filled\(0\) is"),
    ("masked rows", dict(data=list(np.ma.ones((5, 8)))), "a list of masked arrays, whose masks would"),
    ("a list of fractions", dict(data=[[Fraction(1, 3)] * 8]),
     r"not list, of which NumPy makes an array of object; numpy.asarray\(data, 'float64'\) will"),
    ("float16 throughout", dict(w=W.astype("f2"), data=DATA.astype("f2")),
     r"float16 with w of float16 .*; data.astype\('float64'\) with w.astype\('float64'\) will do"),
    ("bool throughout", dict(w=W > 0, data=DATA > 0), r"bool with w of bool .*; data.astype\('float64"),
    ("records", dict(data=np.ones(5, "f8,f8")), r"data of \[\('f0'"),
    ("w of words", dict(w="abc"), "w must be an array or a nested list of numbers, not str"),
    ("integers", dict(data=DATA.astype("i4")),
     r"data of int32 with w of float64 .* supported: .*; data.astype\('float64'\)"),
    ("w of float16", dict(w=W.astype("f2")), r"float64 with w of float16.*; w.astype\('float64'\)"),
    ("double with float", dict(w=W.astype("f4")), "data of float64 with w of float32 .*; "
     r"data.astype\('float32'\) or w.astype\('float64'\) will do"),
    ("bytes with double", dict(data=DATA.astype("u1")),
     r"data of uint8 with w of float64.*; data.astype\('float64'\).* or w.astype\('float32'\)"),
    ("other byte order", dict(data=DATA.astype(">f8")), r"data of >f8.*astype\('float64'\)"),
    ("complex", dict(data=DATA + 1j),
     r"data of complex128.*; data.view\('float64'\) with right=2 will do$"),
    ("complex of the other precision", dict(w=W.astype("f4"), data=DATA + 1j),
     "data of complex128 with w of float32.*uint8 with float32$"),
    ("w of complex", dict(w=W + 1j), "w of complex128.*uint8 with float32$"),
    ("out of float", dict(out=np.ones((5, 6), "f4")), "out must be of dtype float64, not float32"),
    ("out a list", dict(out=[]), "out must be a numpy.ndarray, not list"),
    ("blocks not whole", dict(blocks=2.0), "blocks must be an integer, not float"),
    ("out in the place of blocks", dict(blocks=np.ones((5, 6))), "blocks must be an integer, not nda"),
    ("transpose as in BLAS", dict(w=np.ones((4, 4)), transpose="N"),
     "transpose must be True or False, not 'N'"),
    ("transpose as of an array", dict(transpose=(1, 0)), "transpose must be True or False, not "),
    ("bias of float", dict(bias=np.ones(3, "f4")), r"bias must be .*float64, not float32; bias.as"),
    ("alpha a string", dict(alpha="2"), "alpha must be a real number, not str"),
    ("alpha complex", dict(alpha=1j), "alpha must be a real number, not complex"),
    ("alpha complex of NumPy's", dict(alpha=np.complex128(1)), "alpha must be .*, not complex128"),
    ("alphas", dict(alpha=np.ones(1)), "alpha must be a real number, not ndarray"),
    ("no alpha", dict(alpha=None), "alpha must be a real number, not NoneType"),
    ("beta a string", dict(beta="0"), "beta must be a real number, not str"),
    ("no bound", dict(activation=(None, 1)), "activation's low must be a real number, not NoneType"),
]

VALUES = [
    ("w of four dimensions", dict(w=np.ones((1, 1, 3, 4))),
     r"w must be of shape \(m, n\), .* not \(1, 1, 3, 4\)"),
    ("a row as w", dict(w=np.ones(4)), r"w must be of shape .*, not \(4,\)"),
    ("a W too many", dict(w=np.ones((3, 3, 4)), blocks=2), "has 3 Ws for 2 blocks"),
    ("two Ws for one", dict(w=np.ones((1, 3, 4))), r"must be of shape \(rows, 4\).*not \(5, 8\)"),
    ("negative right", dict(right=-1), "right must be from 0 to .*, not -1"),
    ("other right", dict(right=3), r"not made of blocks of 12 values, .* right = 3"),
    ("other transpose", dict(transpose=True), "not made of blocks of 3 values"),
    ("other bias", dict(bias=np.ones(4)), r"bias must be of shape \(3,\) or \(2, 3\), not \(4,\)"),
    ("an array as activation", dict(activation=np.array([0.0, 1.0])), "activation must be None, "),
    ("blocks of nothing", dict(w=np.ones((3, 0)), data=np.ones((5, 0))),
     "blocks must be given where a block has no values: op.w. has 0 columns"),
    ("columns for rows", dict(data=np.ones((8, 5))),
     r"\(8, 5\) is not made of blocks of 4 .*ascontiguousarray\(data.T\) has such rows"),
    ("unknown activation", dict(activation="gelu"), "activation must be None, 'relu' or"),
    ("bounds upside down", dict(activation=(1, 0)), "must have low <= high"),
    ("a bound is a NaN", dict(activation=(0, np.nan)), "must have low <= high"),
    ("no whole blocks", dict(data=np.ones((5, 9))), r"\(5, 9\) is not made of blocks of 4"),
    ("no dimension", dict(data=np.array(1.0)), r"shape \(\)"),
    ("four dimensions", dict(data=np.ones((5, 2, 2, 2)), blocks=2),
     r"must be of shape \(rows, 8\), .*not \(5, 2, 2, 2\); data.reshape\(5, 8\) is"),
    ("four dimensions without blocks", dict(data=np.ones((1, 5, 2, 4))),
     r"data must be .*not \(1, 5, 2, 4\)"),
    ("right forgotten", dict(data=np.ones((5, 2, 4, 6))),
     r"\(5, 2, 4, 6\) is not made of blocks of 4 values, .*; right=6 takes it"),
    ("other blocks", dict(blocks=3), r"data must be of shape \(rows, 12\), .*, not \(5, 8\)"),
    ("other blocks of 3-D", dict(data=np.ones((5, 2, 4)), blocks=4), r"\(rows, 4, 4\)"),
    ("same size, other blocks", dict(data=np.ones((5, 4, 2))), r"not \(5, 4, 2\)"),
    ("negative blocks", dict(blocks=-1), "blocks must be from 0 to .*, not -1"),
    ("too many blocks", dict(blocks=2**62), "do not fit in memory"),
    ("blocks beyond size_t", dict(blocks=2**64 + 2), "blocks must be from 0 to "),
    ("beta alone", dict(beta=1, out=None), "needs an out"),
    ("out of another shape", dict(out=np.ones((5, 8))), r"out must be .*, not \(5, 8\)"),
    ("out of other rows", dict(out=np.ones((4, 6))), "data has 5 rows, out 4"),
    ("read-only out", dict(out=np.broadcast_to(np.ones(6), (5, 6))), "out is read-only"),
    ("out overlaps data", dict(data=DATA[:, :8], out=DATA[:, :6]), "out overlaps data"),
    ("out's rows overlap", dict(out=as_strided(np.ones(30), (5, 6), (0, 8))), "out of shape"),
    ("Fortran order", dict(data=np.asfortranarray(DATA)), r"ascontiguousarray\(data\)"),
    ("every other column", dict(data=np.ones((5, 16))[:, ::2]), r"strides of \(128, 16\) bytes"),
    ("rows upside down", dict(data=DATA[::-1]),
     r"rows run backwards .*ascontiguousarray\(data\) makes"),
    ("columns reversed", dict(data=DATA[:, ::-1]), "data of shape"),
    ("a sliding window", dict(data=as_strided(np.ones(40), (5, 8), (16, 8))), "data of shape"),
    ("swapped axes", dict(data=np.ones((5, 4, 2)).swapaxes(1, 2)), "data of shape"),
    ("one block for all", dict(data=np.broadcast_to(np.ones((5, 1, 4)), (5, 2, 4))), "data of "),
    ("a field of records", dict(data=np.ones(5, "(8,)f8,u1")["f0"]), "data is not aligned"),
    ("out in Fortran order", dict(out=np.ones((6, 5)).T),
     r"not contiguous; pass numpy.empty\(\(5, 6\), 'float64'\)"),
    ("out upside down", dict(out=np.ones((5, 6))[::-1]), "rows run backwards .*pass numpy.empty"),
    ("a list of unequal rows", dict(data=[[1.0] * 8, [1.0]]), "inhomogeneous"),
]


def refuse(error, change, words):
    arguments = dict(w=W, data=DATA, out=np.full((5, 6), 7.0))
    arguments.update(change)
    before = np.array(arguments["out"]) if isinstance(arguments["out"], np.ndarray) else None
    with pytest.raises(error, match=words):
        kron_eye.apply(**arguments)
    if before is not None:
        assert np.array_equal(arguments["out"], before)


@pytest.mark.parametrize("change,words", [case[1:] for case in TYPES], ids=[c[0] for c in TYPES])
def test_types(change, words):
    refuse(TypeError, change, words)


@pytest.mark.parametrize("change,words", [case[1:] for case in VALUES], ids=[c[0] for c in VALUES])
def test_values(change, words):
    refuse(ValueError, change, words)


@pytest.mark.parametrize("operator", [kron_eye.Plan(W, 2), kron_eye.Chain([2, W])])
def test_an_operator_is_not_an_array(operator):
    for wrong in (lambda: operator @ DATA[0], lambda: DATA @ operator, lambda: operator @ [1.0] * 8):
        with pytest.raises(TypeError, match=r"\.apply\(data\); kron_eye.as_linear_operator"):
            wrong()


def test_flags_and_numbers_of_the_other_functions():
    dy, chain = np.ones((5, 6)), kron_eye.Chain([2, W])
    for words, wrong in (
            ("transpose must", lambda: kron_eye.gradient(DATA, dy, 2, transpose="N")),
            ("per_block must", lambda: kron_eye.gradient(DATA, dy, 2, per_block="no")),
            ("per_block must", lambda: kron_eye.bias_gradient(dy, 2, per_block=2)),
            ("transpose must", lambda: kron_eye.Plan(W, transpose=None)),
            ("alpha must", lambda: kron_eye.gradient(DATA, dy, 2, alpha="1")),
            ("alpha must", lambda: kron_eye.bias_gradient(dy, 2, alpha="1")),
            ("alpha must", lambda: chain.apply(DATA, alpha="1")),
            ("beta must", lambda: kron_eye.gradient(DATA, dy, 2, out=np.ones((3, 4)), beta=[1])),
            ("beta must", lambda: kron_eye.bias_gradient(dy, 2, out=np.ones(3), beta=[1])),
            ("beta must", lambda: chain.apply(DATA, out=dy, beta=None)),
            ("threads must be an integer", lambda: kron_eye.Plan(W, threads=1.0))):
        with pytest.raises(TypeError, match=words):
            wrong()


def test_numbers_of_every_kind():
    expected = 2 * kron_eye.apply(W, DATA)
    for two in (2, 2.0, np.float32(2), np.int8(2), np.array(2), np.array(2.0), Fraction(2), Decimal(2)):
        assert np.array_equal(kron_eye.apply(W, DATA, alpha=two), expected)
    for yes in (True, np.bool_(True), np.ones(1, bool)[0]):
        assert np.array_equal(kron_eye.apply(W.T, DATA, transpose=yes), kron_eye.apply(W, DATA))


def test_plan_options():
    for options in (dict(zeros="never"), dict(zeros=["auto"]), dict(route="mkl"), dict(threads=-1),
                    dict(blocks=-1)):
        with pytest.raises(ValueError, match=next(iter(options))):
            kron_eye.Plan(W, **options)
    with pytest.raises(ValueError, match="no route blas for data of uint8 with w of float32"):
        kron_eye.Plan(W.astype("f4"), dtype="u1", route="blas")
    with pytest.raises(TypeError, match="data must be of dtype float64, not float32"):
        kron_eye.Plan(W, 2).apply(DATA.astype("f4"))
