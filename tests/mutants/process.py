"""`python -m tests.mutants.process`, with NEMESIS_MUTANT: a real process with a fault in its code.

With NEMESIS_UNMUTATED as well it is the same process without the fault, as it is shown that the checkers keep quiet.
"""

import importlib
import os
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.mutants.table import MUTANTS, NAME, UNMUTATED

_ENTRIES: Final[Mapping[str, tuple[str, str]]] = {
    "decider": ("write_side.processor.__main__", "main"),
    "command-api": ("write_side.api.__main__", "main"),
    "projector": ("projections.__main__", "app"),
}
"""Kind of process to the module and the name of what runs it."""


def main() -> None:
    """Plant what makes the fault show, then the fault, and be the process that it is in."""
    mutant = MUTANTS[os.environ[NAME]]
    mutant.nemesis()
    if UNMUTATED not in os.environ:
        mutant.mutate(pytest.MonkeyPatch())
    module, name = _ENTRIES[mutant.kind]
    run: Callable[[], object] = getattr(importlib.import_module(module), name)
    run()


if __name__ == "__main__":
    main()
