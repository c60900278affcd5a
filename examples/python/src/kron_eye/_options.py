"""Arguments that several calls have in common, checked."""

from __future__ import annotations

import operator
import sys
from ctypes import sizeof
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np

from ._library import ROUTES, ZEROS, Options


def integer(name: str, value: SupportsIndex) -> int:
    """What Python takes as an index, else a TypeError that names the argument."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None


def count(name: str, value: SupportsIndex) -> int:
    """A size that C can hold."""
    size = integer(name, value)
    if not 0 <= size <= sys.maxsize:
        raise ValueError(f"{name} must be from 0 to {sys.maxsize}, not {size}")
    return size


def number(name: str, value: SupportsFloat) -> float:
    """A real number. float() alone would read strings, and drop the imaginary part of some types."""
    if isinstance(value, (int, float)):
        return float(value)
    array = np.asarray(value)
    if array.ndim > 0 or array.dtype.kind not in "biufO" or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a real number, not {type(value).__name__}")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """True or False: any other text or array would count as True."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def _choice(name: str, value: str, choices: dict[str, int]) -> int:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return choices[value]


def options(threads: SupportsIndex = 0, zeros: str = "auto", route: str = "auto") -> Options:
    """kron_eye_options"""
    return Options(sizeof(Options), count("threads", threads), _choice("zeros", zeros, ZEROS),
                   _choice("route", route, ROUTES))
