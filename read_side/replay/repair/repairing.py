"""The plan of a repair, made from an export, and its outcome: another export, whose events begin with a signed note."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from contracts.codec import DecodeError, decode_log, encode_claim
from contracts.records import EventRecord, PartitionClaim, Place, RepairNote, receipt, record_hash, rfc3339
from contracts.repair_notes import signed
from contracts.topics import COMMANDS, EVENTS
from read_side.replay.backup.folder import MANIFEST, Export, Kept, Manifest, NewExport
from read_side.replay.backup.records import KeptRecord
from read_side.replay.receipts import MovedReceipt, ReceiptsByPlace
from read_side.replay.repair.lost_commands import LostCommands
from read_side.replay.repair.old_events import OldEvent, OldEvents
from read_side.replay.repair.rebuilding import Fate, Made, Rebuilding, Unrepairable, outcome

MOVED: Final = "moved-receipts.{}.jsonl"
Advance = Callable[[int], None]


class PartitionPlan(Struct, frozen=True, kw_only=True):
    """What a repair makes of one partition.

    Record `at` is the first that is not as it was; if it equals `old_end`, nothing is wrong up to there. `kept`,
    `restored` (decided again) and `filled` (void records and claims) count the records of the new one, which ends at
    `end`. `changed` are the answers that come out otherwise. Of the receipts that were asked about, `receipts_hold`
    hold afterwards and `receipts_broken` do not.
    """

    partition: int
    at: int
    old_end: int
    end: int
    kept: int
    restored: int
    filled: int
    damaged: bool
    lost_commands: tuple[tuple[int, int], ...]
    moved: tuple[MovedReceipt, ...]
    receipts_hold: int
    receipts_broken: tuple[str, ...]
    records_sha256: str

    @property
    def changed(self) -> tuple[MovedReceipt, ...]:
        """Receipts whose answer is another one now, or none."""
        return tuple(moved for moved in self.moved if not moved.same)


class Statement(NamedTuple):
    """What the operator says in the note, and the key that it is signed with."""

    operator: str
    reason: str
    key: bytes


class Repair:
    """One export and how it is mended. `strangers` names, by partition, the offset from which on its commands are those
    of a topic that was made anew; `claims` where in the events claims are known to have stood."""

    def __init__(
        self,
        export: Export,
        receipts: ReceiptsByPlace,
        strangers: Mapping[int, int],
        claims: Mapping[int, Collection[int]],
    ) -> None:
        self.export = export
        self.partitions = export.partitions(EVENTS)
        self._receipts = receipts
        self._strangers = strangers
        self._claims = claims
        if export.partitions(COMMANDS) != self.partitions:
            raise Unrepairable(f"{export.folder} must hold all partitions of {EVENTS} and {COMMANDS}.")

    def plan(self, number: int, advance: Advance) -> PartitionPlan:
        """What becomes of a partition. Changes nothing. Raises Unrepairable and UnfitExport."""
        lost = self._lost_commands(number)
        kept = self.export.file(EVENTS, number)
        rebuilding = self._rebuilding(number, lost)
        tally = _Tally(number, kept, self._receipts.get(number, {}))
        for made in rebuilding.records():
            tally.take(made, rebuilding.take_replaced())
            advance(1)
        tally.drop(rebuilding.take_replaced())
        tally.drop(rebuilding.rest())
        return tally.plan(lost)

    def write(
        self, folder: Path, plans: Mapping[int, PartitionPlan], statement: Statement, advance: Advance
    ) -> Manifest:
        """Make the new export in an empty folder; partitions without a plan are copied as they are."""
        new = NewExport(folder)
        for kept in self.export.manifest.files:
            plan = plans.get(kept.partition)
            first, end, records = kept.first, kept.end, self.export.records(kept)
            if plan is not None and kept.topic == EVENTS:
                first, end, records = 0, plan.end, self._repaired(plan, statement)
            elif plan is not None and kept.topic == COMMANDS:
                lost = self._lost_commands(kept.partition)
                first, end, records = 0, lost.end(kept.end), lost.filled(records)
            with new.file(kept.topic, kept.partition, first, end) as file:
                for record in records:
                    file.add([record])
                    advance(1)
        for plan in plans.values():
            if plan.moved:
                (folder / MOVED.format(plan.partition)).write_bytes(moved_lines(plan))
        return new.finish(self.export.manifest.taken, self.export.manifest.kafka)

    def _repaired(self, plan: PartitionPlan, statement: Statement) -> Iterator[KeptRecord]:
        rebuilding = self._rebuilding(plan.partition, self._lost_commands(plan.partition))
        for made in rebuilding.records():
            yield made.stored if made.stored.offset else self._noted(made, plan, statement)

    def _noted(self, made: Made, plan: PartitionPlan, statement: Statement) -> KeptRecord:
        """The first claim, with the note in it."""
        assert isinstance(made.record, PartitionClaim)
        note = RepairNote(
            operator=statement.operator,
            reason=statement.reason,
            repaired_at=rfc3339(time.time_ns() // 1_000_000),
            at=plan.at,
            end=plan.end,
            kept=plan.kept,
            restored=plan.restored,
            records_sha256=plan.records_sha256,
            export_sha256=sha256((self.export.folder / MANIFEST).read_bytes()).hexdigest(),
            moved_sha256=sha256(moved_lines(plan)).hexdigest() if plan.moved else "",
            lost_commands=plan.lost_commands,
            replaced=(made.stored.value or b"").decode() if made.fate is Fate.KEPT else "",
            signature="",
        )
        claim = signed(msgspec.structs.replace(made.record, repair=note), plan.partition, statement.key)
        return made.stored._replace(value=encode_claim(claim))

    def _rebuilding(self, number: int, lost: LostCommands) -> Rebuilding:
        events, commands = self.export.file(EVENTS, number), self.export.file(COMMANDS, number)
        old = OldEvents(self.export.records(events), events.first, events.end)
        stored, claims = self.export.records(commands), self._claims.get(number, ())
        return Rebuilding(number, self.partitions, old, lost.filled(stored), lost, claims)

    def _lost_commands(self, number: int) -> LostCommands:
        commands = self.export.file(COMMANDS, number)
        lost = LostCommands(number, commands.first, min(commands.end, self._strangers.get(number, commands.end)))
        for stored in self.export.records(commands):
            lost.look_at(stored)
        for stored in self.export.records(self.export.file(EVENTS, number)):
            try:
                record = decode_log(stored.value)
            except DecodeError:
                continue
            if isinstance(record, EventRecord):
                lost.see(record)
        return lost


class _Tally:
    """What a partition comes to, record by record."""

    def __init__(self, number: int, kept: Kept, receipts: Mapping[int, frozenset[str]]) -> None:
        self._number = number
        self._old = kept
        self._receipts = receipts
        self._digest = sha256()
        self._fates = dict.fromkeys(Fate, 0)
        self._at: int | None = 0 if kept.first else None
        self._damaged = kept.first > 0
        self._made: dict[Place, tuple[str, EventRecord]] = {}
        self._gone: dict[int, tuple[str, EventRecord]] = {}
        self._unproven: dict[str, int] = {}
        """The hashes of records that were made again, by which a later record of their show may name them."""
        self._held: set[int] = set()
        self.end = 0

    def take(self, made: Made, replaced: list[OldEvent]) -> None:
        """The next record, and what stood there before if that is another."""
        stored, self.end = made.stored, self.end + 1
        self._fates[made.fate] += 1
        value = stored.value or b""
        if stored.offset:
            self._digest.update(value)
        self.drop(replaced)
        if made.fate is not Fate.KEPT:
            self._differs(stored.offset)
        if isinstance(made.record, EventRecord):
            self._take_event(made.fate, stored.offset, record_hash(value), made.record)
        if self._receipts.get(stored.offset) == frozenset({record_hash(value)}):
            self._held.add(stored.offset)

    def _take_event(self, fate: Fate, offset: int, value_hash: str, record: EventRecord) -> None:
        """An old record that names the hash of one that was made again proves that these were its bytes; whatever else
        was found in its place was never anybody's answer."""
        if fate is Fate.RESTORED:
            self._made[record.source[:2]] = (receipt(self._number, offset, value_hash), record)
            self._unproven[value_hash] = offset
        elif fate is Fate.KEPT and record.prev in self._unproven:
            self._gone.pop(self._unproven.pop(record.prev), None)

    def drop(self, replaced: list[OldEvent]) -> None:
        """Old records that are not there any more."""
        for stored, record in replaced:
            self._differs(stored.offset)
            if isinstance(record, EventRecord):
                told = receipt(self._number, stored.offset, record_hash(stored.value or b""))
                self._gone[stored.offset] = (told, record)

    def plan(self, lost: LostCommands) -> PartitionPlan:
        """All of it."""
        moved = [self._moved(*gone) for gone in self._gone.values()]
        broken = [
            receipt(self._number, offset, each)
            for offset, hashes in sorted(self._receipts.items())
            for each in sorted(hashes)
            if offset not in self._held
        ]
        return PartitionPlan(
            partition=self._number,
            at=self._old.end if self._at is None else self._at,
            old_end=self._old.end,
            end=self.end,
            kept=self._fates[Fate.KEPT],
            restored=self._fates[Fate.RESTORED],
            filled=self._fates[Fate.FILLED],
            damaged=self._damaged or bool(lost.ranges),
            lost_commands=lost.ranges,
            moved=tuple(moved),
            receipts_hold=len(self._held),
            receipts_broken=tuple(broken),
            records_sha256=self._digest.hexdigest(),
        )

    def _moved(self, told: str, was: EventRecord) -> MovedReceipt:
        new = self._made.get(was.source[:2])
        same = new is not None and outcome(new[1]) == outcome(was)
        return MovedReceipt(old=told, new=None if new is None else new[0], same=same)

    def _differs(self, offset: int) -> None:
        if self._at is None or offset < self._at:
            self._at = offset
        self._damaged = self._damaged or offset < self._old.end


def moved_lines(plan: PartitionPlan) -> bytes:
    """The receipts that do not hold any more, a JSON object a line."""
    return b"".join(msgspec.json.encode(moved) + b"\n" for moved in plan.moved)
