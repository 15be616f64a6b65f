"""The replay tool on a real Kafka, as people run it: three commands, their exit codes, their one-sentence troubles."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from contracts.topics import COMMANDS, EVENTS, partition_of
from read_side.replay.console import FAULTY, UNANSWERED, app
from scenarios.history import History, dump_topics, read_history, write_history
from scenarios.oracle.judge import judge_log
from scenarios.stack.stack import Stack
from tests.commands import BOB, book_hold, hold_best, hold_seats, schedule_show
from tests.log_writer import LogWriter
from tests.recorded_topics import append, record

PARTITIONS = 2
SHOW = "hamlet"
NUMBER = partition_of(SHOW, PARTITIONS)


@pytest.fixture(scope="module")
def empty_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka of this module's own."""
    with Stack.start(tmp_path_factory.mktemp("replay"), services=("kafka",)) as stack:
        yield stack.kafka


@pytest.fixture(scope="module")
def kafka(empty_kafka: str) -> str:
    """A small sale in one partition, an unreadable command in the other."""
    log, other = LogWriter(NUMBER, PARTITIONS), LogWriter(1 - NUMBER, PARTITIONS)
    log.send(("show-1", schedule_show()), show_id=SHOW)
    log.send(
        ("h1", hold_seats("A-1-1", "A-1-2")), ("h2", hold_seats("A-1-1", by=BOB)), ("h1", hold_seats("A-1-1", "A-1-2"))
    )
    log.send(("b1", book_hold("h1", amount=9000)), ("h3", hold_best(2, by=BOB)))
    other.send_bytes(b"\xff no JSON")
    asyncio.run(record(empty_kafka, log, other))
    return empty_kafka


def replay(kafka: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"SEATLOG_KAFKA": kafka, "COLUMNS": "200"})


def answer(kafka: str, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = replay(kafka, *arguments, "--json")
    assert done.exit_code == code, (done.stdout, done.stderr)
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def test_topics_that_are_missing_are_one_sentence(empty_kafka: str):
    """Runs first: nothing has made the topics yet."""
    done = replay(empty_kafka, "verify")
    assert done.exit_code == UNANSWERED
    assert "booking.commands is missing; run `python -m contracts.operations create-topics" in done.stderr


def test_verify_gives_a_certificate(kafka: str):
    certificate = answer(kafka, "verify")
    assert certificate["verified"]
    assert [part["valid"] for part in sorted(certificate["partitions"], key=lambda part: part["valid"])] == [1, 6]
    hamlet = next(show for show in certificate["shows"] if show["show_id"] == SHOW)
    assert (hamlet["version"], hamlet["free"], hamlet["held"], hamlet["booked"]) == (6, 4, 2, 2)


def test_verify_tells_people_too(kafka: str):
    done = replay(kafka, "verify")
    assert done.exit_code == 0
    assert "VERIFIED heads sha256" in done.stdout


def test_one_partition_can_be_verified_alone(kafka: str):
    certificate = answer(kafka, "verify", "--partition", str(NUMBER))
    assert [part["partition"] for part in certificate["partitions"]] == [NUMBER]
    assert "no partition 9" in answer(kafka, "verify", "--partition", "9", code=UNANSWERED)["error"]


def test_receipts_are_held_against_the_log(kafka: str, tmp_path: Path):
    receipts = [show["receipt"] for show in answer(kafka, "verify")["shows"]]
    file = tmp_path / "receipts"
    file.write_text("\n".join(receipts), encoding="utf-8")
    assert answer(kafka, "verify", "--receipts", str(file))["receipts_checked"] == 2
    file.write_text(receipts[0][:-64] + "0" * 64, encoding="utf-8")
    faults = answer(kafka, "verify", "--receipts", str(file), code=FAULTY)["faults"]
    assert [fault["breaks"] for fault in faults] == ["I2"]
    file.write_text("hello", encoding="utf-8")
    assert "Line 1" in answer(kafka, "verify", "--receipts", str(file), code=UNANSWERED)["error"]


def test_timeline_tells_the_story_of_a_seat(kafka: str):
    told = answer(kafka, "timeline", SHOW, "--seat", "A-1-1")
    assert [(event["type"], event["who"]) for event in told["events"]] == [
        ("seats-held", "ann"),
        ("hold-refused", "bob"),
        ("command-repeated", "ann"),
        ("seats-booked", "ann"),
    ]
    assert "seats-booked" in replay(kafka, "timeline", SHOW).stdout


def test_state_draws_the_house(kafka: str):
    assert answer(kafka, "state", SHOW, "--at", "2")["held"] == 2
    drawn = answer(kafka, "state", SHOW)
    assert drawn["sections"][0]["rows"][0]["seats"] == "BBhh"
    assert "BBhh" in replay(kafka, "state", SHOW).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("timeline", "othello"), "There is no show othello in the log; there are hamlet."),
        (("state", "othello"), "There is no show othello in the log; there are hamlet."),
        (("state", SHOW, "--at", "99"), "The show hamlet has 6 versions, not 99."),
        (
            ("state", SHOW, "--at", "soon"),
            "'soon' is neither a version number nor a time such as 2026-11-22T20:15:00Z.",
        ),
    ],
)
def test_trouble_is_one_sentence(kafka: str, arguments: tuple[str, ...], says: str):
    done = replay(kafka, *arguments)
    assert (done.exit_code, done.stderr.strip(), done.stdout) == (UNANSWERED, says, "")


def test_kafka_away_is_one_sentence():
    """In a process of its own, as people run it: no library may add a line to ours."""
    command = [sys.executable, "-m", "read_side.replay", "verify", "--kafka", "127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == UNANSWERED
    assert done.stderr == "No Kafka answers at 127.0.0.1:1: start it, or set SEATLOG_KAFKA.\n"


def test_a_dump_is_a_history_that_can_be_judged(kafka: str, tmp_path: Path):
    commands, events = asyncio.run(dump_topics(kafka))
    write_history(tmp_path, History(requests=(), commands=commands, events=events))
    history = read_history(tmp_path)
    assert (history.commands, history.events) == (commands, events)
    assert any(one.base64 is not None for one in commands)
    assert judge_log(history.commands, history.events) == []


def test_at_last_a_broken_log_is_named_by_every_command(kafka: str):
    """Runs last: from here on the log is at fault."""
    asyncio.run(append(kafka, COMMANDS, NUMBER, [b"pending"]))
    assert answer(kafka, "verify")["partitions"][NUMBER]["pending"] == 1
    asyncio.run(append(kafka, EVENTS, NUMBER, [b"no record"]))
    certificate = answer(kafka, "verify", code=FAULTY)
    assert [(fault["topic"], fault["partition"], fault["offset"]) for fault in certificate["faults"]] == [
        (EVENTS, NUMBER, 7)
    ]
    assert f"FAULT {EVENTS}, partition {NUMBER}, offset 7" in replay(kafka, "verify").stdout
    for command in ("timeline", "state"):
        done = replay(kafka, command, SHOW)
        assert done.exit_code == FAULTY
        assert f"partition {NUMBER}, offset 7" in done.stderr
