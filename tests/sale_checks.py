"""Checks of any sale: functions over what arrives, used by the properties and by their negative controls."""

import json
from collections import Counter
from typing import Any

import msgspec

from contracts.codec import DecodeError, command_name, decode_command, decode_commands
from contracts.seat_plans import BOOKED, FREE, HELD, SeatIndex
from tests.log_of_commands import CLAIM, Arrived, claimed, decide, decided, folded, log_of
from tests.sale_judges import House, judge_chain, judge_identity, judge_sources
from write_side.domain.journal import Journal
from write_side.domain.partition import Decision, Partition

Traffic = list[Arrived]


def seen(state: Any) -> Any:
    """Everything that an object of the domain consists of, as plain values that do not change any more."""
    if isinstance(state, dict):
        return {key: seen(value) for key, value in state.items()}
    if isinstance(state, bytearray):
        return bytes(state)
    if isinstance(state, SeatIndex):
        return state.rows
    if isinstance(state, Journal):
        return state.is_open
    if not hasattr(state, "__slots__") or isinstance(state, msgspec.Struct):
        return state
    return {name: seen(getattr(state, name)) for name in state.__slots__}


def check_undo(arrived: Traffic, confirmed: int) -> None:
    """Whatever was decided ahead of the log is taken back without a trace, and deciding it again gives the same."""
    partition = claimed()
    decided(partition, arrived[:confirmed])
    before = seen(partition)
    first = decide(partition, arrived)
    partition.undo()
    assert seen(partition) == before
    assert decide(partition, arrived) == first


def check_fold(arrived: Traffic) -> None:
    """Who folds the log has the state of the decider that ran ahead of it and was confirmed."""
    decider = claimed()
    follower = folded(log_of(decided(decider, arrived)))
    assert seen(follower) == seen(decider)


def check_batches(arrived: Traffic) -> None:
    """It makes no difference whether each record is confirmed or all of them at once."""
    one_batch, single = claimed(), claimed()
    events: list[Decision] = []
    while batch := decide(one_batch, arrived):
        one_batch.confirm(len(batch))
        events += batch
    assert events == decided(single, arrived)
    assert seen(one_batch) == seen(single)


def check_replay(arrived: Traffic) -> None:
    """Deciding the same commands again gives the same bytes (I4, I8)."""
    assert log_of(decided(claimed(), arrived)) == log_of(decided(claimed(), arrived))


def check_seats(arrived: Traffic) -> None:
    """One holder a seat, every refusal true, and no seat lost or made, at every prefix of the log (I1, I9, I10)."""
    houses: dict[str, House] = {}
    log = log_of(decided(claimed(), arrived))
    partition = Partition(0, 1)
    for offset, value in enumerate(log):
        partition.fold(offset, value)
        if value == CLAIM:
            continue
        event = json.loads(value)
        house = houses.setdefault(event["show_id"], House())
        house.take_in(event)
        counts = Counter(partition.shows[event["show_id"]].statuses)
        assert (counts[FREE], counts[HELD], counts[BOOKED]) == house.counts()


def check_log(arrived: Traffic) -> None:
    """Chains, versions, sources, times and identities are as the protocol has them (I3)."""
    log = log_of(decided(claimed(), arrived))
    types = [_command_types(value) for _, value in arrived]
    judge_chain(log)
    judge_sources(log, [len(names) for names in types])
    judge_identity(log, [name for names in types for name in names])


def check_forgetting(arrived: Traffic) -> None:
    """Neither decisions nor the fold show that shows which are over were forgotten."""
    remembering, forgetting, follower = claimed(), claimed(), claimed()
    latest = 0
    for at, _ in arrived:
        latest = max(latest, at)
        until = remembering.next_command[0] + 1
        events = decided(remembering, arrived[:until])
        assert decided(forgetting, arrived[:until]) == events
        for event in events:
            follower.fold(follower.cursor.offset + 1, event.value)
        forgetting.forget_over(latest)
        follower.forget_over(latest)
    for show_id, show in remembering.shows.items():
        for other in (forgetting.shows[show_id], follower.shows[show_id]):
            assert (other.version, other.head, other.time) == (show.version, show.head, show.time)


def _command_types(value: bytes) -> list[str | None]:
    try:
        return [_command_type(posted) for posted in decode_commands(value).commands]
    except DecodeError:
        return [None]


def _command_type(posted) -> str | None:
    try:
        return command_name(decode_command(posted))
    except DecodeError:
        return None
