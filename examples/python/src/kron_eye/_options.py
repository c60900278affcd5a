"""Arguments that several calls have in common, checked."""

from __future__ import annotations

import operator
import sys
from ctypes import sizeof
from typing import SupportsIndex

from ._library import ROUTES, ZEROS, Options


def count(name: str, value: SupportsIndex) -> int:
    """A size that C can hold."""
    number = operator.index(value)
    if not 0 <= number <= sys.maxsize:
        raise ValueError(f"{name} must be from 0 to {sys.maxsize}, not {number}")
    return number


def _choice(name: str, value: str, choices: dict[str, int]) -> int:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return choices[value]


def options(threads: SupportsIndex = 0, zeros: str = "auto", route: str = "auto") -> Options:
    """kron_eye_options"""
    return Options(sizeof(Options), count("threads", threads), _choice("zeros", zeros, ZEROS),
                   _choice("route", route, ROUTES))
