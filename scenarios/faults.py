"""The table of faults: each is injected into real processes by `python -m scenarios resilience --fault NAME`."""

from collections.abc import Mapping
from typing import Final

from scenarios.nemesis import deciders
from scenarios.nemesis.fault import Fault

_TABLE: Final = (
    Fault(
        name="none",
        row=1,
        what="nothing is broken",
        inject=deciders.nothing,
        evidence=("decided_meanwhile",),
    ),
    Fault(
        name="kill-decider",
        row=2,
        what="kill -9 the only decider every 2 s",
        inject=deciders.kill_again_and_again,
        evidence=("kills", "claims"),
        seconds=60.0,
    ),
)

FAULTS: Final[Mapping[str, Fault]] = {fault.name: fault for fault in _TABLE}
