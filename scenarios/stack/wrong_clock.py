"""A wall clock that is wrong for one process, on a machine whose own clock is right.

libfaketime, from its wheel, is loaded before the C library and shifts what the process is told of the time of day.
Monotonic time stays true, so that waits are as long as ever. Works for Python and for Java on glibc.
"""

import dataclasses
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from scenarios.stack.failure import StackFailure
from scenarios.stack.services import Service

_LIBRARY: Final = Path("vendor", "libfaketime", "src", "libfaketime.so.1")


def with_clock_off(service: Service, seconds: int) -> Service:
    """The same service with a clock that is ahead by so many seconds, or behind. Raises StackFailure."""
    wrong = {
        "LD_PRELOAD": str(_library()),
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
