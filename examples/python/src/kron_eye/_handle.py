"""What Plan and Chain have in common: an object of the C library, its users and its end."""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

Self = TypeVar("Self", bound="Owner")


class Handle:
    """A pointer of the C library's, destroyed with the last reference to this object."""

    def __init__(self, pointer: ctypes.c_void_p, destroy: Callable[..., Any]) -> None:
        self.pointer = pointer
        self.users = 0  # calls under way
        weakref.finalize(self, destroy, pointer).atexit = False


class Owner:
    """Holds a Handle, or none once it is closed."""

    _handle: Handle | None
    _describe: Callable[..., int]  # of the C library

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def _open_handle(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise ValueError(f"the {type(self).__name__.lower()} is closed")
        return handle

    @contextmanager
    def _in_use(self) -> Iterator[ctypes.c_void_p]:
        """The pointer, which lives on and is not changed until this context ends."""
        with self._lock:
            handle = self._open_handle()
            handle.users += 1
        try:
            yield handle.pointer
        finally:
            with self._lock:
                handle.users -= 1

    __array_ufunc__ = None  # NumPy leaves array @ plan to __rmatmul__

    def __matmul__(self, other: Any) -> Any:
        name = type(self).__name__.lower()
        raise TypeError(f"a {name} is applied to rows: {name}.apply(data); "
                        f"kron_eye.as_linear_operator({name}) @ x takes columns")

    __rmatmul__ = __matmul__

    def describe(self) -> str:
        """One line on what it is and how it runs, for people."""
        with self._in_use() as pointer:
            length = self._describe(pointer, None, 0)
            text = ctypes.create_string_buffer(length + 1)
            self._describe(pointer, text, length + 1)
            return text.value.decode()

    def close(self) -> None:
        """Lets the memory go, once no apply is under way. May be called twice."""
        self._handle = None

    def __enter__(self: Self) -> Self:
        self._open_handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        text = "closed" if self._handle is None else self.describe()
        return f"<kron_eye.{type(self).__name__}: {text}>"
