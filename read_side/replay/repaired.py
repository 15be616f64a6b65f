"""What the note at the beginning of a repaired partition says, held against the partition."""

from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from contracts.records import PartitionClaim, RepairNote
from contracts.repair_notes import is_signed_by


class RepairReport(Struct, frozen=True, kw_only=True):
    """A repair as the certificate tells it. `undecidable` events answer commands that are gone: they fit the log, but
    nobody can decide them again. `signature` is `valid`, `wrong`, or `not checked` without a key."""

    operator: str
    reason: str
    repaired_at: str
    at: int
    end: int
    lost_commands: tuple[tuple[int, int], ...]
    undecidable: int
    signature: str
    moved_sha256: str


class RepairedPart:
    """One partition that was repaired; `faults` are what is wrong with its note from the start."""

    def __init__(self, claim: PartitionClaim, partition: int, key: bytes | None) -> None:
        assert isinstance(claim.repair, RepairNote)
        self.note = claim.repair
        self.undecidable = 0
        self.faults: list[str] = []
        self.signature = "not checked"
        self._digest = sha256()
        self._seen = 1
        if key is not None:
            self.signature = "valid" if is_signed_by(claim, partition, key) else "wrong"
            if self.signature == "wrong":
                self.faults.append("the note of its repair is not signed with this key")

    def is_lost(self, command_offset: int) -> bool:
        """Whether the command record at this offset is gone, by the note."""
        return any(first <= command_offset < end for first, end in self.note.lost_commands)

    def see(self, offset: int, value: bytes) -> Sequence[str]:
        """Take in the bytes of the next record; gives what is wrong."""
        if offset >= self.note.end:
            return ()
        self._digest.update(value)
        self._seen = offset + 1
        if self._seen == self.note.end and self._digest.hexdigest() != self.note.records_sha256:
            return (f"the records up to offset {self.note.end} are not those that its repair left",)
        return ()

    def finish(self) -> Sequence[str]:
        """The partition was read to its end; gives what is wrong."""
        if self._seen < self.note.end:
            return (f"its repair left it with {self.note.end} records, but it ends at {self._seen}",)
        return ()

    def report(self) -> RepairReport:
        """For the certificate."""
        note = self.note
        return RepairReport(
            operator=note.operator,
            reason=note.reason,
            repaired_at=note.repaired_at,
            at=note.at,
            end=note.end,
            lost_commands=note.lost_commands,
            undecidable=self.undecidable,
            signature=self.signature,
            moved_sha256=note.moved_sha256,
        )
