"""The table of faults, and what its wrappers and its poison are made of."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest

from contracts.codec import DecodeError, decode_command, decode_commands
from contracts.limits import COMMANDS_PER_RECORD
from scenarios.faults import FAULTS
from scenarios.nemesis.marks import mark, marks
from scenarios.nemesis.outage import OUTAGE, outage_result, outage_tiles, worked_off
from scenarios.nemesis.planting import plant
from scenarios.nemesis.poison import bad_bodies, bad_records, one_bad_among_many
from scenarios.nemesis.probing import Probe
from scenarios.nemesis.scene import MARKS
from scenarios.nemesis.striking_decider import APPENDS_BEFORE, PLAN, Striker, Struck
from scenarios.nemesis.timeline import Decided
from tests.unit.nemesis.runs import asked, ran


def test_every_fault_has_a_row_evidence_and_words():
    assert all(fault.evidence and fault.what and fault.name == name for name, fault in FAULTS.items())
    assert {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14} <= {fault.row for fault in FAULTS.values()}
    assert all(1 <= fault.row <= 18 for fault in FAULTS.values())


@pytest.fixture
def own_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MARKS, str(tmp_path / "marks"))
    return tmp_path / "marks"


def test_marks_are_kept_in_their_order(own_marks: Path):
    assert marks() == []
    mark("one")
    mark("two")
    assert marks() == ["one", "two"]
    assert own_marks.stat().st_mode & 0o077 == 0


def died_at(striker: Striker) -> str | None:
    """At which step of a batch it dies."""
    for step in ("before_send", "when_sent", "when_confirmed", "before_commit"):
        try:
            striker.at(step)
        except Struck:
            return step
    return None


@pytest.mark.usefixtures("own_marks")
def test_each_process_dies_at_the_next_step_and_after_the_last_none_does(monkeypatch: pytest.MonkeyPatch):
    killed: list[str] = []
    monkeypatch.setattr("os.kill", lambda *_: killed.append("kill"))
    for strike in PLAN:
        striker = Striker()
        assert died_at(striker) is None, "too early"
        for _ in range(APPENDS_BEFORE):
            striker.appended()
        assert died_at(striker) == strike.step
    assert [each for each in marks() if each.startswith("struck_")] == [strike.name for strike in PLAN]
    calm = Striker()
    for _ in range(APPENDS_BEFORE):
        calm.appended()
    assert died_at(calm) is None
    assert len(killed) == len(PLAN) / 2


def test_what_is_planted_must_be_in_the_place_of_something():
    with pytest.raises(AttributeError):
        plant(Striker, "no_such_method", None)


def test_a_bad_record_is_none_that_a_decider_can_read():
    for value in islice(bad_records("gala"), 9):
        try:
            record = decode_commands(value)
        except DecodeError:
            continue
        assert len(value) > 200_000, f"it can be read: {record}"


def test_of_a_record_with_one_bad_command_the_others_can_be_read():
    for body in islice(bad_bodies(), 5):
        record = decode_commands(one_bad_among_many("gala", 1, body))
        assert len(record.commands) == COMMANDS_PER_RECORD
        assert sum(map(_unreadable, record.commands)) == 1


def _unreadable(posted) -> bool:
    try:
        decode_command(posted)
    except DecodeError:
        return True
    return False


def decided(*pairs: tuple[float, float | None]) -> Sequence[Decided]:
    return [Decided(0, appended, at) for appended, at in pairs]


def test_a_backlog_is_worked_off_with_its_last_command():
    assert worked_off(decided((1.0, 5.0), (2.0, 7.5)), ended=5.0) == pytest.approx(2.5)
    assert worked_off(decided((1.0, 5.0), (2.0, None)), ended=5.0) is None


def test_the_outage_tells_uptime_lost_and_double():
    probes = [Probe("query-api", 1.0, True)] * 3 + [Probe("query-api", 2.0, False), Probe("command-api", 1.0, True)]
    queued = asked(1.001, 202)
    told, line = outage_result(
        ran(probes=probes, exchanges=[queued], figures={"detect": 2.5}, counts={"kills": 2}, ended=1.005)
    )
    assert line.fault == OUTAGE.name
    assert told.uptime == {"command-api": 1.0, "query-api": 0.75}
    assert (told.detect_seconds, told.lost, told.double, told.told_202) == (2.5, 0, 0, 1)
    assert told.answered_at_once == 1.0
    assert ("0", "lost") in outage_tiles(told)
