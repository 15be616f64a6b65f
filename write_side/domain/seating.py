"""Which seats are best: a ladder of rungs, each a pure function of the plan and the statuses.

1. side by side in one row, leaving no single free seat beside them; 2. side by side; 3. in two adjoining rows of one
section, nobody alone; 4. only for a party that need not sit together: any. Within a rung: nearest to the section's
focal point (the middle of its front row; rows are centred, a row is as deep as a seat is wide), then first in plan
order. Distances are squares in half seat widths, so that all of it is exact arithmetic on integers.
"""

from collections.abc import Iterable, Iterator
from heapq import nsmallest
from itertools import pairwise
from typing import NamedTuple

from contracts.seat_plans import BLOCKED, FREE, RowSpan, SeatIndex

_LEAST_PARTY: int = 2
"""Nobody sits alone: a party split over two rows has at least this many in each."""


class Wish(NamedTuple):
    """What is asked for: `quantity` seats, perhaps of one category, in one section, on accessible places."""

    quantity: int
    category: str | None = None
    section: str | None = None
    accessible: bool = False
    together: bool = True


def best_available(index: SeatIndex, statuses: bytearray, wish: Wish) -> tuple[int, ...] | None:
    """The positions of the best seats for a wish, in plan order, or None. `statuses` shows lapsed seats as free."""
    rows = _rows(index, wish)
    return (
        _side_by_side(rows, statuses, wish)
        or _in_two_rows(rows, _eligible(rows, statuses, wish), wish.quantity)
        or (None if wish.together else _anywhere(rows, _eligible(rows, statuses, wish), wish.quantity))
    )


def leaves_single_seat(index: SeatIndex, statuses: bytearray, chosen: Iterable[int]) -> bool:
    """Whether taking these positions would leave a free seat alone beside them; a row's end counts as taken."""
    taken = set(chosen)
    for position in taken:
        row = index.row_at(position)
        for neighbour, beyond in ((position - 1, position - 2), (position + 1, position + 2)):
            if (
                _free(statuses, row, neighbour)
                and neighbour not in taken
                and (beyond in taken or not _free(statuses, row, beyond))
            ):
                return True
    return False


def _free(statuses: bytearray, row: RowSpan, position: int) -> bool:
    return row.start <= position < row.stop and statuses[position] == FREE


def _rows(index: SeatIndex, wish: Wish) -> list[RowSpan]:
    """The rows that a wish allows, front rows first."""
    rows = [
        row
        for row in index.rows
        if (wish.category is None or row.row.category == wish.category)
        and (wish.section is None or row.section == wish.section)
    ]
    rows.sort(key=lambda row: row.depth)
    return rows


def _eligible(rows: list[RowSpan], statuses: bytearray, wish: Wish) -> bytearray:
    """The statuses, with every seat that the wish does not allow shown as blocked."""
    if not wish.accessible:
        return statuses
    allowed = bytearray([BLOCKED]) * len(statuses)
    for row in rows:
        for number in row.row.accessible:
            position = row.start + number - row.row.first
            allowed[position] = statuses[position]
    return allowed


def _distance(row: RowSpan, start: int, quantity: int) -> int:
    """From the middle of `quantity` seats beginning at a position to the focal point: squared, in half widths."""
    aside = 2 * (start - row.start) + quantity - (row.stop - row.start)
    return _least_distance(row) + aside * aside


def _least_distance(row: RowSpan) -> int:
    """Of a place in the very middle of the row: no other of that row is nearer."""
    return 4 * row.depth * row.depth


def _windows(row: RowSpan, eligible: bytearray, quantity: int) -> Iterator[int]:
    """Where `quantity` eligible seats side by side begin."""
    run = bytes(quantity)
    start = eligible.find(run, row.start, row.stop)
    while start >= 0:
        yield start
        start = eligible.find(run, start + 1, row.stop)


def _side_by_side(rows: list[RowSpan], statuses: bytearray, wish: Wish) -> tuple[int, ...] | None:
    """Rungs 1 and 2 in one pass over the rows, front to back, as far as a nearer place can still be found."""
    eligible = _eligible(rows, statuses, wish)
    quantity = wish.quantity
    kind: tuple[int, int] | None = None
    any_: tuple[int, int] | None = None
    for row in rows:
        if kind is not None and kind[0] < _least_distance(row):
            break
        for start in _windows(row, eligible, quantity):
            place = (_distance(row, start, quantity), start)
            if kind is not None and place >= kind:
                continue
            if not _leaves_single(row, statuses, start, start + quantity):
                kind = place
            elif any_ is None or place < any_:
                any_ = place
    best = kind or any_
    return None if best is None else tuple(range(best[1], best[1] + quantity))


def _leaves_single(row: RowSpan, statuses: bytearray, start: int, stop: int) -> bool:
    """leaves_single_seat for the positions `start` to `stop` (exclusive) of one row."""
    return (_free(statuses, row, start - 1) and not _free(statuses, row, start - 2)) or (
        _free(statuses, row, stop) and not _free(statuses, row, stop + 1)
    )


def _in_two_rows(rows: list[RowSpan], eligible: bytearray, quantity: int) -> tuple[int, ...] | None:
    """Rung 3: each part side by side in its row, the row behind the other; the sum of the distances counts."""
    best: tuple[int, tuple[int, ...]] | None = None
    if quantity < 2 * _LEAST_PARTY:
        return None
    in_order = [(row, _longest_run(row, eligible, quantity)) for row in sorted(rows, key=lambda row: row.start)]
    for (front, most_ahead), (back, most_behind) in pairwise(in_order):
        if front.section != back.section or back.depth != front.depth + 1:
            continue
        if best is not None and best[0] < _least_distance(front) + _least_distance(back):
            continue
        least = max(_LEAST_PARTY, quantity - most_behind)
        for ahead in range(least, min(most_ahead, quantity - _LEAST_PARTY) + 1):
            behind = quantity - ahead
            first = _nearest_window(front, eligible, ahead)
            second = _nearest_window(back, eligible, behind)
            seats = (*range(first[1], first[1] + ahead), *range(second[1], second[1] + behind))
            if best is None or (first[0] + second[0], seats) < best:
                best = (first[0] + second[0], seats)
    return None if best is None else best[1]


def _nearest_window(row: RowSpan, eligible: bytearray, quantity: int) -> tuple[int, int]:
    """(distance, start) of the nearest `quantity` eligible seats side by side; of two equally near ones the first.

    The row must have some. Within a row the nearest is the last that begins before its middle place or the first after.
    """
    run = bytes(quantity)
    middle = row.start + (row.stop - row.start - quantity) // 2
    before = eligible.rfind(run, row.start, middle + quantity)
    after = eligible.find(run, middle + 1, row.stop)
    return min((_distance(row, start, quantity), start) for start in (before, after) if start >= 0)


def _longest_run(row: RowSpan, eligible: bytearray, most: int) -> int:
    """How many eligible seats a row has side by side, counted up to `most`."""
    length = 0
    while length < most and eligible.find(bytes(length + 1), row.start, row.stop) >= 0:
        length += 1
    return length


def _anywhere(rows: list[RowSpan], eligible: bytearray, quantity: int) -> tuple[int, ...] | None:
    """Rung 4: each seat for itself."""
    nearest: list[tuple[int, int]] = []
    for row in rows:
        if len(nearest) == quantity and nearest[-1][0] < _least_distance(row):
            break
        places = [(_distance(row, at, 1), at) for at in _windows(row, eligible, 1)]
        nearest = nsmallest(quantity, nearest + places)
    return tuple(sorted(at for _, at in nearest)) if len(nearest) == quantity else None
