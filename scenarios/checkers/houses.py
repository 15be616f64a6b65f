"""The checkers' own picture of a house: rows of labels, and which seats are best, found by trying every place."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from scenarios.checkers.shapes import Plan

IsFree = Callable[[str], bool]


class HouseRow(NamedTuple):
    """Labels side by side; `order` counts the seats of the house before this row, `depth` the rows in front of it."""

    section: str
    depth: int
    order: int
    category: str
    labels: tuple[str, ...]
    accessible: frozenset[str]


class Wish(NamedTuple):
    """What a buyer who leaves the choice to the house asks for."""

    quantity: int
    category: str | None
    section: str | None
    accessible: bool
    together: bool


class _Place(NamedTuple):
    """Seats: how far from the section's focal point (squared, in half seats), and their numbers in plan order."""

    far: int
    order: tuple[int, ...]
    labels: tuple[str, ...]


class House:
    """Every seat by label."""

    def __init__(self, plan: Plan) -> None:
        self.rows: list[HouseRow] = []
        self.row_of: dict[str, HouseRow] = {}
        self.order_of: dict[str, int] = {}
        for section in plan.sections:
            for depth, row in enumerate(section.rows):
                name = f"{section.name}-{row.name}"
                labels = tuple(f"{name}-{number}" for number in range(row.first, row.first + row.seats))
                accessible = frozenset(f"{name}-{number}" for number in row.accessible)
                here = HouseRow(section.name, depth, len(self.order_of), row.category, labels, accessible)
                self.rows.append(here)
                for label in labels:
                    self.order_of[label] = len(self.order_of)
                    self.row_of[label] = here

    def leaves_single(self, chosen: Iterable[str], is_free: IsFree) -> bool:
        """Whether a free seat beside the chosen ones would have no free neighbour left."""
        taken = set(chosen)

        def stays_free(row: HouseRow, at: int) -> bool:
            return 0 <= at < len(row.labels) and row.labels[at] not in taken and is_free(row.labels[at])

        for label in taken:
            row = self.row_of[label]
            at = self.order_of[label] - row.order
            for beside in (at - 1, at + 1):
                if stays_free(row, beside) and not stays_free(row, beside - 1) and not stays_free(row, beside + 1):
                    return True
        return False

    def best(self, wish: Wish, is_free: IsFree) -> tuple[str, ...] | None:
        """The seats that the ladder of DOMAIN.md gives, in the order of the plan; None if there is nothing."""
        rows = [row for row in self.rows if wish.category in (None, row.category)]
        rows = [row for row in rows if wish.section in (None, row.section)]

        def may_have(row: HouseRow, label: str) -> bool:
            return is_free(label) and (not wish.accessible or label in row.accessible)

        side_by_side = [place for row in rows for place in _places(row, wish.quantity, may_have)]
        kind = [place for place in side_by_side if not self.leaves_single(place.labels, is_free)]
        if side_by_side:
            return min(kind or side_by_side).labels
        split = list(_two_rows(rows, wish.quantity, may_have))
        if split:
            return min(split).labels
        if wish.together:
            return None
        singles = sorted(place for row in rows for place in _places(row, 1, may_have))[: wish.quantity]
        if len(singles) < wish.quantity:
            return None
        return tuple(sorted((place.labels[0] for place in singles), key=self.order_of.__getitem__))


_MayHave = Callable[[HouseRow, str], bool]


def _places(row: HouseRow, quantity: int, may_have: _MayHave) -> Iterator[_Place]:
    """Every place in a row where so many seats side by side can be had."""
    can = [may_have(row, label) for label in row.labels]
    for start in range(len(can) - quantity + 1):
        if all(can[start : start + quantity]):
            aside = 2 * start + quantity - len(can)
            far = (2 * row.depth) ** 2 + aside**2
            first = row.order + start
            yield _Place(far, tuple(range(first, first + quantity)), row.labels[start : start + quantity])


def _two_rows(rows: list[HouseRow], quantity: int, may_have: _MayHave) -> Iterator[_Place]:
    """Parties split over a row and the one behind it, at least two in each."""
    for front in rows:
        for back in rows:
            if (back.section, back.depth) != (front.section, front.depth + 1):
                continue
            for ahead in range(2, quantity - 1):
                first = min(_places(front, ahead, may_have), default=None)
                second = min(_places(back, quantity - ahead, may_have), default=None)
                if first is not None and second is not None:
                    far = first.far + second.far
                    yield _Place(far, first.order + second.order, first.labels + second.labels)
