"""A run as the nemesis leaves it, without one having taken place. It is honest until a test says otherwise."""

from dataclasses import replace

from scenarios.checkers.document_shapes import ReadModels
from scenarios.exchanges import Exchange
from scenarios.history import History
from scenarios.nemesis.ran import Ran, Replayed
from tests.histories import HONEST

NO_READ_MODELS = ReadModels()
COMMANDS = 17
"""In the honest history."""


def read(sent: float, status: int = 200) -> Exchange:
    return Exchange("probe", "GET", "/shows/hamlet", None, b"", sent, sent, sent + 0.1, status, None, b"", 1)


def asked(sent: float, status: int | None) -> Exchange:
    answered = None if status is None else sent + 0.1
    return Exchange("ann", "POST", "/shows/hamlet/holds", "k", b"", sent, sent, answered, status, None, b"", 1)


def ran(history: History = HONEST, **changes: object) -> Ran:
    """A run whose fault lasts from second 1.0 to 1.005 of its clock, which is that of the log."""
    run = Ran(
        history=history,
        exchanges=[read(2.0)],
        read_models=NO_READ_MODELS,
        replayed=Replayed((), "a", "a"),
        probes=[],
        counts={"kills": 3},
        figures={},
        told=[],
        unsettled=[],
        memory={"decider": 100 * 1024**2},
        clock=0.0,
        began=1.0,
        ended=1.005,
        over=800.0,
    )
    return replace(run, **changes)
