"""Which records of the event log are valid: the one judgement that every reader of the log makes.

A record is *void* when a worker wrote it that had lost its claim, or when its command was answered already. Whether
it is void depends on earlier records only, so what was accepted once is accepted for ever (docs/architecture.md,
"The event log").
"""

from contracts.records import EventRecord, LogRecord, PartitionClaim, Place, next_place


class LogFault(Exception):
    """The log contradicts itself at this record; no reader may go on past it."""

    def __init__(self, partition: int, offset: int, what: str) -> None:
        super().__init__(f"log fault in partition {partition} at offset {offset}: {what}")
        self.partition = partition
        self.offset = offset
        self.what = what


class LogCursor:
    """How far one partition of the log was read, and what that makes of the next record.

    `offset` is the last record read (-1: none), `claim` the offset of the current claim (-1: none), `next_command`
    the place of the first command without a valid event (None: not known yet, when reading began at a claim).
    `void` and `valid` count the records judged.
    """

    __slots__ = ("claim", "next_command", "offset", "partition", "valid", "void")

    def __init__(
        self, partition: int, *, offset: int = -1, claim: int = -1, next_command: Place | None = (0, 0)
    ) -> None:
        self.partition = partition
        self.offset = offset
        self.claim = claim
        self.next_command = next_command
        self.valid = 0
        self.void = 0

    @classmethod
    def at_claim(cls, partition: int, offset: int) -> "LogCursor":
        """A cursor for a reader that begins at the claim with this offset, having read nothing before it."""
        return cls(partition, offset=offset - 1, next_command=None)

    def accept(self, offset: int, record: LogRecord) -> bool:
        """Whether the fold takes this record: a valid event. Raises LogFault; then the cursor stays where it was."""
        if offset != self.offset + 1:
            raise LogFault(self.partition, offset, f"offset {self.offset + 1} was expected")
        if type(record) is PartitionClaim:
            self.offset = self.claim = offset
            return False
        assert type(record) is EventRecord
        if record.claim != self.claim or self.claim < 0:
            if record.claim >= offset:
                raise LogFault(self.partition, offset, f"it names claim {record.claim}, which is not before it")
            self.offset = offset
            self.void += 1
            return False
        source = record.source
        place = (source[0], source[1])
        if place != self.next_command and self.next_command is not None:
            if place > self.next_command:
                raise LogFault(self.partition, offset, f"source {place} where {self.next_command} was expected")
            self.offset = offset
            self.void += 1
            return False
        self.offset = offset
        self.next_command = next_place(source)
        self.valid += 1
        return True
