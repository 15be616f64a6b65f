"""What the replay tool says when a log is not what it must be."""

from typing import Final

from msgspec import Struct

LOG: Final = "log"
"""The records themselves: bytes, offsets, versions, sources, hash chains (PROTOCOL's rule 3)."""
ONE_HOLDER: Final = "I1"
ACKNOWLEDGED: Final = "I2"
SEQUENTIAL: Final = "I4"
SEATS_ADD_UP: Final = "I10"


class Fault(Struct, frozen=True, kw_only=True):
    """One record (or, with offset -1, one partition) that breaks what must hold: `breaks` is I1 ... I10 or `log`."""

    topic: str
    partition: int
    offset: int
    breaks: str
    what: str

    def __str__(self) -> str:
        return f"{self.topic}, partition {self.partition}, offset {self.offset}: {self.what} ({self.breaks})"


class Broken(Exception):
    """A partition cannot be replayed past this fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault
