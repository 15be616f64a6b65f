"""What seats cost."""

from contracts.events import ShowScheduled
from contracts.seat_plans import SeatIndex


def prices_of(terms: ShowScheduled, index: SeatIndex, seats: tuple[int, ...]) -> tuple[int, ...]:
    """The price of each of these positions, in minor units of the show's currency."""
    return tuple([terms.prices[index.row_at(position).row.category] for position in seats])
