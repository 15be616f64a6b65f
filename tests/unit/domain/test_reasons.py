"""No reason without a test, no fact without a test: a new one fails here until somebody tells its story."""

from pathlib import Path

import pytest

from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.refusals import REFUSALS, Reason

STORIES = Path(__file__).parent


def _told(texts: list[str], name: str) -> bool:
    return any(name in text for text in texts)


@pytest.fixture(scope="module")
def stories() -> list[str]:
    return [path.read_text() for path in STORIES.glob("test_*.py") if path != Path(__file__)]


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_is_told_in_a_test_of_the_domain(stories, reason):
    assert _told(stories, f"Reason.{reason.name}")


@pytest.mark.parametrize("type_", [type_ for type_, _ in EVENTS.values()], ids=EVENTS)
def test_each_event_is_told_in_a_test_of_the_domain(stories, type_):
    assert _told(stories, type_.__name__)


def test_a_reason_that_nobody_tells_is_noticed(stories):
    assert not _told(stories, "Reason.THE_DOG_ATE_IT")


def test_each_reason_has_a_status_and_a_sentence():
    assert set(REFUSALS) == set(Reason)
    for reason, (status, sentence) in REFUSALS.items():
        assert 400 <= status < 500, reason
        assert sentence.endswith("."), reason


def test_wire_names_are_kebab_case_and_reasons_snake_case():
    assert all(name == name.lower() and "_" not in name for name in (*EVENTS, *COMMANDS))
    assert all(reason.value == reason.name.lower() for reason in Reason)
