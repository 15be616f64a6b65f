"""What a seat map is at a moment."""

from array import array

from contracts.read_models import SeatMapDocument
from contracts.seat_plans import BLOCKED, BOOKED, FREE, HELD
from read_side.queries.seat_maps import at_moment


def section(statuses: list[int], expires: list[int], name: str = "A", start: int = 0) -> SeatMapDocument:
    return SeatMapDocument(
        _id=f"hamlet/{name}",
        version=3,
        section=name,
        start=start,
        statuses=bytes(statuses),
        expires=array("q", expires).tobytes(),
    )


def test_only_those_past_their_time_are_free():
    sections = (section([HELD, BOOKED, HELD, BLOCKED, HELD], [100, 300, 200]),)
    seen = at_moment("hamlet", 3, sections, now=200)
    assert list(seen.sections[0].statuses) == [FREE, BOOKED, HELD, BLOCKED, FREE]
    assert array("q", seen.sections[0].expires).tolist() == [300]
    assert (seen.lapsed, seen.holds_until) == (True, 300)


def test_the_map_holds_until_the_first_hold_of_any_section_lapses():
    seen = at_moment("hamlet", 3, (section([HELD], [500]), section([HELD], [400], "B", 1)), now=399)
    assert (seen.lapsed, seen.holds_until) == (False, 400)


def test_without_holds_it_holds_for_ever():
    assert at_moment("hamlet", 3, (section([FREE], []),), now=10**14).holds_until > 10**15
