"""Writes logs as deciders would, without Kafka: commands in, events out, and whatever faults a test wants to plant."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from contracts.codec import encode_claim, encode_commands, post
from contracts.commands import (
    BookHold,
    Command,
    ExpireHold,
    HoldBestAvailable,
    HoldSeats,
    ReleaseHold,
    SalePolicy,
    SaleWindow,
    ScheduleShow,
)
from contracts.records import RULES, CommandRecord, PartitionClaim, record_hash
from contracts.seat_plans import Row, SeatPlan, Section
from read_side.replay.log_reader import Stored
from write_side.domain.partition import Partition

SHOW: Final = "hamlet"
ANN: Final = "ann"
BOB: Final = "bob"
FAR_AHEAD: Final = 10**13


def small_house(rows: int = 2, seats: int = 4) -> SeatPlan:
    """One section `A` with rows `1` .. of gold seats `A-1-1` .."""
    return SeatPlan(
        sections=(
            Section(name="A", rows=tuple(Row(name=str(row + 1), seats=seats, category="gold") for row in range(rows))),
        )
    )


def schedule(plan: SeatPlan | None = None, policy: SalePolicy | None = None, **changes: object) -> ScheduleShow:
    """A show that is on sale for ever, gold at 45.00."""
    show = ScheduleShow(
        organiser_id="house",
        title="Hamlet",
        venue="Globe",
        starts_at=FAR_AHEAD,
        sale=SaleWindow(opens_at=0, closes_at=FAR_AHEAD),
        plan=plan or small_house(),
        prices={"gold": 4500},
        currency="EUR",
        policy=policy or SalePolicy(),
    )
    return msgspec.structs.replace(show, **changes)


def hold(*seats: str, by: str = ANN) -> HoldSeats:
    return HoldSeats(buyer_id=by, seats=seats)


def best(quantity: int, by: str = ANN, **wish: object) -> HoldBestAvailable:
    return msgspec.structs.replace(HoldBestAvailable(buyer_id=by, quantity=quantity), **wish)


def book(hold_id: str, by: str = ANN, amount_minor: int = 4500, currency: str = "EUR") -> BookHold:
    return BookHold(
        buyer_id=by, hold_id=hold_id, payment_reference="paid", amount_minor=amount_minor, currency=currency
    )


def release(hold_id: str, by: str = ANN) -> ReleaseHold:
    return ReleaseHold(buyer_id=by, hold_id=hold_id)


def expire(hold_id: str) -> ExpireHold:
    return ExpireHold(hold_id=hold_id)


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
        posted = tuple(post(command, command_id) for command_id, command in commands)
        self.send_bytes(encode_commands(CommandRecord(show_id=show_id, commands=posted)), later_ms)

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
    log.do(("show-1", schedule()))
    log.do(("h1", hold("A-1-1", "A-1-2")), ("h2", hold("A-1-2", by=BOB)), ("h1", hold("A-1-1", "A-1-2")))
    log.do(("h3", best(2, by=BOB)))
    log.do(("b1", book("h1", amount_minor=9000)))
    log.claim("decider-2")
    log.do(("h1", hold("A-2-4")), ("r9", release("h9")))
    log.do(("h4", hold("A-2-1", by=BOB)), later_ms=700_000)
    log.do(("e3", expire("h3")), ("b3", book("h3", by=BOB, amount_minor=9000)))
    log.do(("r4", release("h4", by=BOB)))
    log.do(("h5", best(8)), ("h6", best(1, by=BOB)))
    log.send_bytes(b"\xff no JSON")
    log.do(("b6", book("h6", by=BOB)))
    log.do(("x1", hold("A-1-1")), show_id="no-such-show")
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
