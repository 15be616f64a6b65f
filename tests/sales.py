"""Sales of any shape for property tests, decided by the real domain."""

from functools import cache

from hypothesis import strategies as st

from contracts.commands import Command
from tests.commands import book_hold, expire_hold, hold_best, hold_seats, release_hold, schedule_show
from tests.log_writer import LogWriter

BUYERS = ("ann", "bob", "eve")
SHOWS = ("hamlet", "macbeth")
SEATS = [f"A-{row}-{seat}" for row in (1, 2) for seat in (1, 2, 3, 4)]

_buyers = st.sampled_from(BUYERS)
_some_seats = st.lists(st.sampled_from(SEATS), min_size=1, max_size=4)


@cache
def commands(show_id: str) -> st.SearchStrategy[tuple[str, Command]]:
    """Commands to one show with their ids, which no other show has; some ids are used again."""
    holds = st.sampled_from([f"{show_id}-h{number}" for number in range(8)])
    others = st.sampled_from([f"{show_id}-c{number}" for number in range(6)])
    return st.one_of(
        st.tuples(holds, st.builds(lambda seats, by: hold_seats(*seats, by=by), _some_seats, _buyers)),
        st.tuples(holds, st.builds(hold_best, st.integers(1, 5), _buyers)),
        st.tuples(others, st.builds(lambda of, by, n: book_hold(of, by, 4500 * n), holds, _buyers, st.integers(1, 4))),
        st.tuples(others, st.builds(release_hold, holds, _buyers)),
        st.tuples(others, st.builds(expire_hold, holds)),
    )


@st.composite
def sales(draw: st.DrawFn) -> LogWriter:
    """A partition with two shows, of which one may never be scheduled; claims and zombies' records between."""
    log = LogWriter()
    log.do(("s1", schedule_show()), show_id=SHOWS[0])
    for _ in range(draw(st.integers(1, 14))):
        show_id = draw(st.sampled_from(SHOWS))
        sent = draw(st.lists(commands(show_id), min_size=1, max_size=3))
        log.do(*sent, show_id=show_id, later_ms=draw(st.sampled_from([1, 1, 1, 400_000])))
        happens = draw(st.sampled_from(["nothing", "nothing", "schedule", "claim", "stray"]))
        if happens == "schedule":
            log.do(("s2", schedule_show()), show_id=SHOWS[1])
        elif happens == "claim":
            log.claim("next")
        elif happens == "stray":
            zombie = log.events[-1].value
            log.claim("next")
            log.stray(zombie)
    return log
