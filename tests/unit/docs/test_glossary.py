"""The glossary has every command, event, reason and limit, and says of them what the code says."""

import re

import pytest

from contracts import limits
from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.refusals import REFUSALS
from tests.documents import PROJECT, chapter, rows

GLOSSARY = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
PRIVATE = {"KIB", "MIB", "SECOND_MS", "HOUR_MS"}
"""Units in which limits are written."""
LIMITS = {name: value for name, value in vars(limits).items() if name.isupper() and name not in PRIVATE}


def missing_messages(text: str) -> list[str]:
    named = {f"`{name}` {kind.__name__}" for name, (kind, _) in (COMMANDS | EVENTS).items()}
    return sorted(each for each in named if each not in text)


def wrong_reasons(text: str) -> list[str]:
    told = {cells[0].strip("`"): cells[1:] for cells in rows(chapter(text, "Reasons"))}
    wanted = {reason.value: [str(int(status)), sentence] for reason, (status, sentence) in REFUSALS.items()}
    return sorted(name for name in told.keys() | wanted.keys() if told.get(name) != wanted.get(name))


def wrong_limits(text: str) -> list[str]:
    told = {cells[0].strip("`"): _number(cells[1]) for cells in rows(chapter(text, "Limits"))}
    return sorted(name for name in told.keys() | LIMITS.keys() if told.get(name) != LIMITS.get(name))


def unexplained_reasons(text: str) -> list[str]:
    commands = chapter(text, "Commands and what becomes of them")
    return sorted(reason.value for reason in REFUSALS if f"`{reason.value}`" not in commands)


def _number(cell: str) -> float:
    found = re.match(r"[\d,]+", cell)
    return int(found[0].replace(",", "")) if found else -1


@pytest.mark.parametrize("check", [missing_messages, wrong_reasons, wrong_limits, unexplained_reasons])
def test_it_says_what_the_code_says(check):
    assert check(GLOSSARY) == []


@pytest.mark.parametrize(
    ("check", "true", "false"),
    [
        (missing_messages, "`hold-seats` HoldSeats", "`hold-seat` HoldSeats"),
        (wrong_reasons, "| `sale_closed` | 409 |", "| `sale_closed` | 404 |"),
        (wrong_reasons, "| The sale has closed. |", "| The sale is over. |"),
        (wrong_limits, "| `SEATS_PER_HOLD` | 20 |", "| `SEATS_PER_HOLD` | 21 |"),
        (wrong_limits, "| `SEATS_PER_HOLD` |", "| `SEATS_IN_A_HOLD` |"),
        (unexplained_reasons, "`wrong_amount` |", "`amount` |"),
    ],
)
def test_a_word_that_is_not_so_is_found(check, true, false):
    assert true in GLOSSARY
    assert check(GLOSSARY.replace(true, false)) != []
