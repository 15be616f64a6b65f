"""A fault in a decider: after a start it does not know who has which seat.

It takes up versions, chains and command ids as the log has them, so that its log looks well and sells seats twice.
"""

from collections.abc import Iterable

import pytest

from contracts.seat_plans import FREE
from write_side.domain.partition import Partition
from write_side.processor.decider import Decider


def forget_seats(partition: Partition) -> None:
    """Every seat is free, and nobody has ever held or booked one."""
    for show in partition.shows.values():
        show.statuses[:] = bytes([FREE]) * len(show.statuses)
        show.occupants[:] = [None] * len(show.occupants)
        for memory in (show.holds, show.bookings, show.booked_holds, show.seats_of_buyer or {}):
            memory.clear()


def forgets_seats(patch: pytest.MonkeyPatch) -> None:
    """From now on a partition's seats are forgotten before it is claimed, behind the fold of the log."""
    claim_all = Decider.claim_all

    async def forget_and_claim_all(self: Decider, numbers: Iterable[int], generation: int) -> None:
        wanted = set(numbers)
        for number in wanted:
            forget_seats(self.partition(number))
        await claim_all(self, wanted, generation)

    patch.setattr(Decider, "claim_all", forget_and_claim_all)
