"""Who may do what in Kafka: docs/security.md says what the table says, and nobody has what it does not need."""

from contracts.operations.rights import DECIDERS, USERS, Operation, Resource, rights
from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS
from tests.documents import PROJECT, chapter, rows
from write_side.processor.settings import Settings

SECURITY = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
LOOKING = {Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS}


def told(text: str) -> dict[str, list[set[str]]]:
    """What the document says of each user: its operations on the three topics and on the group."""
    return {
        cells[0].strip("`"): [{word for word in cell.split(", ") if word} for cell in cells[1:]]
        for cells in rows(chapter(text, "Kafka"))
    }


def granted() -> dict[str, list[set[str]]]:
    names = [COMMANDS, EVENTS, DEAD_LETTERS, DECIDERS]
    table = {user: [set[str]() for _ in names] for user in USERS}
    for right in rights():
        if right.operation not in LOOKING:
            table[right.user][names.index(right.name)].add(right.operation.name.lower())
    return table


def test_the_document_says_what_is_granted():
    assert told(SECURITY) == granted()


def test_a_right_that_is_not_told_is_found():
    assert told(SECURITY.replace("| `projector` | | read |", "| `projector` | | read, write |")) != granted()


def test_everybody_may_look_at_every_topic():
    looks = {(right.user, right.name) for right in rights() if right.operation is Operation.DESCRIBE_CONFIGS}
    assert looks == {(user, topic) for user in USERS for topic in (COMMANDS, EVENTS, DEAD_LETTERS)}


def test_only_the_decider_writes_events_and_joins_a_group():
    assert {right.user for right in rights() if (right.name, right.operation) == (EVENTS, Operation.WRITE)} == {
        "decider"
    }
    assert {right.user for right in rights() if right.resource is Resource.GROUP} == {"decider"}


def test_the_group_is_the_one_that_deciders_take():
    assert Settings.model_fields["group"].default == DECIDERS
