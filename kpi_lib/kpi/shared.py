"""Results that several languages of one report share: computed by the first, given to each other as a copy."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

ValueT = TypeVar("ValueT")

_KEPT: ContextVar[dict[Hashable, bytes] | None] = ContextVar("kept", default=None)
_HELD: ContextVar[dict[Hashable, object] | None] = ContextVar("held", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Share results until the end of the block; outside one everything is computed when it is asked for.

    For a process that makes one report in several languages from data and parameters that stand still meanwhile.
    """
    kept, held = _KEPT.set({}), _HELD.set({})
    try:
        yield
    finally:
        _KEPT.reset(kept)
        _HELD.reset(held)


def shared(key: Hashable, make: Callable[[], ValueT]) -> ValueT:
    """Return ``make()``, or a copy of what it returned under this key before.

    What is kept is the value as it was made, written down at once: a cell that changes its copy changes no other's.

    Parameters
    ----------
    key
        Names everything the value depends on, inside the block.
    make
        Computes it; what cannot be pickled is computed each time.
    """
    kept = _KEPT.get()
    if kept is None:
        return make()
    if key in kept:
        return cast(ValueT, pickle.loads(kept[key]))
    value = make()
    try:
        kept[key] = pickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError):
        kept.pop(key, None)
    return value


def held(key: Hashable, make: Callable[[], ValueT]) -> ValueT:
    """Return ``make()``, or the very object it returned under this key before: for what nobody can change."""
    objects = _HELD.get()
    if objects is None:
        return make()
    if key not in objects:
        objects[key] = make()
    return cast(ValueT, objects[key])
