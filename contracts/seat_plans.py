"""Seat plans: how a house is written down, and how its seats are counted.

A seat has two names. People and the log say its *label*, `section-row-number`. State and read models say its
*position*: 0, 1, 2 ... in plan order (sections, rows and numbers as the plan lists them).
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from contracts.limits import LABEL_CHARACTERS, ROWS_PER_SHOW, SCHEDULE_PROBLEMS, SEAT_NUMBER, SEATS_PER_SHOW

FREE: Final = 0
HELD: Final = 1
BOOKED: Final = 2
BLOCKED: Final = 3
STATUS_NAMES: Final = ("free", "held", "booked", "blocked")
"""A seat's status as one byte; the index into this tuple is the value in every compact seat map."""

_USUAL_NUMBERS: Final = {str(number): number for number in range(1, 1000)}
"""Seat numbers as labels write them: a recovery looks one up for each seat, in a third of the time of parsing it."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`seats` seats side by side, numbered `first`, `first + 1`, ...; `accessible` lists numbers."""

    name: str
    seats: int
    category: str
    first: int = 1
    accessible: tuple[int, ...] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows from the stage backwards; the section's focal point is the middle of its front row."""

    name: str
    rows: tuple[Row, ...]


class SeatPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A house as row ranges, so that 100,000 seats fit in a MiB."""

    sections: tuple[Section, ...]

    def capacity(self) -> int:
        """How many seats the plan has."""
        return sum(row.seats for section in self.sections for row in section.rows)


class RowSpan(NamedTuple):
    """Where a row's seats lie: positions `start` to `stop` (exclusive), `depth` rows behind the section's front."""

    section: str
    depth: int
    row: Row
    start: int
    stop: int


class SectionSpan(NamedTuple):
    """Where a section's seats lie: positions `start` to `stop` (exclusive)."""

    name: str
    start: int
    stop: int
    rows: tuple[RowSpan, ...]


class SeatIndex:
    """Labels to positions and back, by arithmetic on row ranges: a few hundred bytes a row, nothing a seat."""

    __slots__ = ("_by_name", "_starts", "capacity", "rows", "sections")

    def __init__(self, plan: SeatPlan) -> None:
        self.sections = tuple(_spans(plan))
        self.rows = tuple(row for section in self.sections for row in section.rows)
        self.capacity = self.rows[-1].stop if self.rows else 0
        self._starts = [row.start for row in self.rows]
        self._by_name = {
            f"{span.section}-{span.row.name}": (span.start - span.row.first, span.start, span.stop)
            for span in self.rows
        }

    def position(self, label: str) -> int | None:
        """The position of the seat with this label, or None if the house has no such seat."""
        try:
            return self.positions((label,))[0]
        except KeyError:
            return None

    def positions(self, labels: tuple[str, ...]) -> tuple[int, ...]:
        """The positions of the seats with these labels. Raises KeyError if the house has not every one of them."""
        found = []
        for label in labels:
            row, _, text = label.rpartition("-")
            zero, start, stop = self._by_name[row]
            position = zero + (_USUAL_NUMBERS.get(text) or _seat_number(text))
            if not start <= position < stop:
                raise KeyError(label)
            found.append(position)
        return tuple(found)

    def label(self, position: int) -> str:
        """The label of the seat at a position between 0 and capacity - 1."""
        span = self.row_at(position)
        return f"{span.section}-{span.row.name}-{span.row.first + position - span.start}"

    def row_at(self, position: int) -> RowSpan:
        """The row in which a position lies."""
        return self.rows[bisect_right(self._starts, position) - 1]

    def section_at(self, position: int) -> SectionSpan:
        """The section in which a position lies."""
        return self.sections[bisect_right(self.sections, position, key=lambda span: span.start) - 1]


def _seat_number(text: str) -> int:
    """A seat's number as labels write it, without signs, blanks or leading zeros. Raises KeyError."""
    if len(text) > LABEL_CHARACTERS or not text.isdecimal() or not text.isascii() or text[0] == "0":
        raise KeyError(text)
    return int(text)


def _spans(plan: SeatPlan) -> Iterator[SectionSpan]:
    position = 0
    for section in plan.sections:
        start, rows = position, []
        for depth, row in enumerate(section.rows):
            rows.append(RowSpan(section.name, depth, row, position, position + row.seats))
            position += row.seats
        yield SectionSpan(section.name, start, position, tuple(rows))


def plan_problems(plan: SeatPlan) -> tuple[str, ...]:
    """What is wrong with a plan, one sentence a finding, each naming the field; empty for a good plan."""
    problems = [*_unique("sections", [section.name for section in plan.sections])]
    for number, section in enumerate(plan.sections):
        where = f"sections[{number}]"
        problems += _unique(f"{where}.rows", [row.name for row in section.rows])
        for index, row in enumerate(section.rows):
            problems += _row_problems(f"{where}.rows[{index}]", section.name, row)
    if plan.capacity() > SEATS_PER_SHOW:
        problems.append(f"sections: a show has at most {SEATS_PER_SHOW} seats, this plan has {plan.capacity()}")
    rows = sum(len(section.rows) for section in plan.sections)
    if rows > ROWS_PER_SHOW:
        problems.append(f"sections: a show has at most {ROWS_PER_SHOW} rows, this plan has {rows}")
    return tuple(problems[:SCHEDULE_PROBLEMS])


def _unique(where: str, names: list[str]) -> Iterator[str]:
    if not names:
        yield f"{where}: must not be empty"
    if len(set(names)) != len(names):
        yield f"{where}: names must differ"
    for index, name in enumerate(names):
        if not name or not name.isprintable() or name.strip() != name or "-" in name:
            yield f"{where}[{index}].name: must be printable, without a hyphen or outer blanks"


def _row_problems(where: str, section: str, row: Row) -> Iterator[str]:
    if row.seats < 1:
        yield f"{where}.seats: must be at least 1"
    if row.first < 1:
        yield f"{where}.first: must be at least 1"
    if not row.category:
        yield f"{where}.category: must not be empty"
    last = row.first + row.seats - 1
    if last > SEAT_NUMBER:
        yield f"{where}: seat numbers must be at most {SEAT_NUMBER}"
    if any(not row.first <= number <= last for number in row.accessible):
        yield f"{where}.accessible: must be seat numbers of this row"
    if len(f"{section}-{row.name}-{last}") > LABEL_CHARACTERS:
        yield f"{where}: labels must have at most {LABEL_CHARACTERS} characters"
