"""`python -m tests.mutants.process`, with NEMESIS_MUTANT: a real process with a fault in its code."""

import os

import pytest

from tests.mutants.table import MUTANTS, NAME


def main() -> None:
    """Plant what makes the fault show, then the fault, and be the process that it is in."""
    mutant = MUTANTS[os.environ[NAME]]
    mutant.nemesis()
    mutant.mutate(pytest.MonkeyPatch())
    if any(extra.kind == "projector" for extra in mutant.fault.wishes.extra):
        from projections.__main__ import app

        app()
    else:
        from write_side.processor.__main__ import main as decide

        decide()


if __name__ == "__main__":
    main()
