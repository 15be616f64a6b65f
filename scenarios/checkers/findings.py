"""What a checker says when something is wrong."""

from msgspec import Struct


class Finding(Struct, frozen=True):
    """`invariant` is I1 ... I10 or a word (`log`, `sold`, `refusals`, `answers`, `unanswered`); `where` is a place in
    the log (`booking.events 0:17`) or a request (`request 12, buyer ann`)."""

    invariant: str
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what} ({self.where})"
