"""A wall clock that is wrong for one process, on a machine whose own clock is right.

libfaketime, from its wheel, is loaded before the C library and shifts what the process is told of the time of day.
Monotonic time stays true, so that waits are as long as ever. Under Java its own waits would not wait at all, and every
thread would spin. So they are taken out of a copy of it: nobody finds them there, and Java has those of the C library.
"""

import dataclasses
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from scenarios.stack.failure import StackFailure
from scenarios.stack.services import Service

_LIBRARY: Final = Path("vendor", "libfaketime", "src", "libfaketime.so.1")
_COPY: Final = Path(sys.prefix) / "libfaketime-without-waits.so"
_WAITS: Final = (b"pthread_cond_init", b"pthread_cond_destroy", b"pthread_cond_timedwait")


def with_clock_off(service: Service, seconds: int) -> Service:
    """The same service with a clock that is ahead by so many seconds, or behind. Raises StackFailure."""
    wrong = {
        "LD_PRELOAD": str(_without_waits(_library())),
        "FAKETIME": f"{seconds:+d}",
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    return dataclasses.replace(service, environment={**service.environment, **wrong})


def _library() -> Path:
    found = find_spec("libfaketime")
    folders = [Path(folder) for folder in (found.submodule_search_locations or [])] if found else []
    library = next((folder / _LIBRARY for folder in folders if (folder / _LIBRARY).exists()), None)
    if library is None:
        raise StackFailure("No clock can be set wrong: libfaketime is not installed. Run `make setup`.")
    return library


def _without_waits(library: Path) -> Path:
    """A copy that does not stand in for the C library's waits: the first occurrence of each name is its entry in the
    table of dynamic names, which comes before all else in which the names occur."""
    code = library.read_bytes()
    for name in _WAITS:
        code = code.replace(b"\0" + name + b"\0", b"\0" + name.upper() + b"\0", 1)
    partial = _COPY.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(code)
    partial.replace(_COPY)
    return _COPY
