"""Writes logs as deciders would, without Kafka: commands in, events out, and whatever faults a test wants to plant."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from contracts.codec import encode_claim
from contracts.commands import Command
from contracts.records import RULES, PartitionClaim, record_hash
from read_side.replay.log_reader import Stored
from tests.commands import (
    BOB,
    SHOW,
    book_hold,
    command_record,
    expire_hold,
    hold_best,
    hold_seats,
    release_hold,
    schedule_show,
)
from write_side.domain.partition import Partition


class LogWriter:
    """One partition of both topics, as lists. The same show may be sold by several workers, one claim after another."""

    def __init__(self, number: int = 0, partitions: int = 1) -> None:
        self.number = number
        self.partition = Partition(number, partitions)
        self.commands: list[Stored] = []
        self.events: list[Stored] = []
        self.time = 1_000
        self.claim()

    def claim(self, owner: str = "decider", rules: str = RULES) -> int:
        """Append a claim; gives its offset."""
        value = encode_claim(PartitionClaim(owner=owner, generation=1, rules=rules))
        self.partition.fold(len(self.events), value)
        self.append(value)
        return len(self.events) - 1

    def append(self, value: bytes) -> None:
        """Put a record at the end of the log, unseen by the writer's own state."""
        self.events.append(Stored(len(self.events), self.time, value))

    def stray(self, value: bytes) -> None:
        """Append a record that the fold takes for void, as a zombie would."""
        self.partition.fold(len(self.events), value)
        self.append(value)

    def send(self, *commands: tuple[str, Command], show_id: str = SHOW, later_ms: int = 1) -> None:
        """Append one command record of (id, command) pairs, undecided."""
        self.send_bytes(command_record(show_id, *commands), later_ms)

    def send_bytes(self, value: bytes, later_ms: int = 1) -> None:
        self.time += later_ms
        self.commands.append(Stored(len(self.commands), self.time, value))

    def decide(self, changed: Callable[[bytes], bytes] = lambda value: value) -> None:
        """Decide every command record that is not decided yet, each in a batch of its own."""
        while self.partition.next_command[0] < len(self.commands):
            offset = self.partition.next_command[0]
            stored = self.commands[offset]
            decisions = self.partition.decide(offset, stored.timestamp, stored.value, len(self.events))
            for decision in decisions:
                self.append(changed(decision.value))
            self.partition.confirm(len(decisions))

    def do(self, *commands: tuple[str, Command], show_id: str = SHOW, later_ms: int = 1) -> None:
        """Send one command record and decide it."""
        self.send(*commands, show_id=show_id, later_ms=later_ms)
        self.decide()


def a_sale() -> LogWriter:
    """Two buyers, a repeat, a refusal, a lapsed hold that another takes, an expiry, a release, a second claim."""
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(
        ("h1", hold_seats("A-1-1", "A-1-2")), ("h2", hold_seats("A-1-2", by=BOB)), ("h1", hold_seats("A-1-1", "A-1-2"))
    )
    log.do(("h3", hold_best(2, by=BOB)))
    log.do(("b1", book_hold("h1", amount=9000)))
    log.claim("decider-2")
    log.do(("h1", hold_seats("A-2-4")), ("r9", release_hold("h9")))
    log.do(("h4", hold_seats("A-2-1", by=BOB)), later_ms=700_000)
    log.do(("e3", expire_hold("h3")), ("b3", book_hold("h3", by=BOB, amount=9000)))
    log.do(("r4", release_hold("h4", by=BOB)))
    log.do(("h5", hold_best(8)), ("h6", hold_best(1, by=BOB)))
    log.send_bytes(b"\xff no JSON")
    log.do(("b6", book_hold("h6", by=BOB)))
    log.do(("x1", hold_seats("A-1-1")), show_id="no-such-show")
    return log


Fields = dict[str, Any]


def rewritten(stored: Iterable[Stored], offset: int, value: bytes) -> list[Stored]:
    """The same records with other bytes at one offset."""
    return [one._replace(value=value) if one.offset == offset else one for one in stored]


def forged(events: Iterable[Stored], offset: int, change: Callable[[Fields], None]) -> list[Stored]:
    """One event record changed, and the chain behind it made whole again: what a clever forger would leave."""
    heads: dict[str, str] = {}
    records = []
    for one in events:
        fields: Fields = json.loads(one.value) if one.value.startswith(b"{") else {}
        before = record_hash(one.value)
        if fields.get("prev") in heads:
            fields["prev"] = heads[fields["prev"]]
        elif one.offset != offset:
            records.append(one)
            continue
        if one.offset == offset:
            change(fields)
        value = msgspec.json.encode(fields)
        heads[before] = record_hash(value)
        records.append(one._replace(value=value))
    return records
