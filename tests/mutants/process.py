"""`python -m tests.mutants.process`, with NEMESIS_MUTANT: a real decider with a fault in its code."""

import os

import pytest

from tests.mutants.table import MUTANTS, NAME
from write_side.processor.__main__ import main as decide


def main() -> None:
    """Plant what makes the fault show, then the fault, and be the decider that it is in."""
    mutant = MUTANTS[os.environ[NAME]]
    mutant.nemesis()
    mutant.mutate(pytest.MonkeyPatch())
    decide()


if __name__ == "__main__":
    main()
