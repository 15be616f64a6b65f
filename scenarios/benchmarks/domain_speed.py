"""How fast the rules are, without Kafka: deciding, recording, and finding the best seats. CPU time of one core."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from statistics import median
from time import process_time
from typing import Final, NamedTuple

from contracts.codec import decode_command, encode_claim, encode_commands
from contracts.commands import HoldBestAvailable
from contracts.events import SeatsHeld
from contracts.records import RULES, CommandRecord, PartitionClaim
from contracts.seat_plans import BOOKED, SeatIndex
from scenarios.benchmarks.house import SEATS, SEATS_PER_ROW, hold_records, holds, large_plan, schedule_record
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row, row
from write_side.domain.decide import decide
from write_side.domain.partition import Partition
from write_side.domain.seating import Wish, best_available
from write_side.domain.show import Show

NOW: Final = 1_000_000
SHOW_ID: Final = "benchmark"
BATCH: Final = 100
"""Commands between two confirmations, about as many as a busy decider has in one append."""
_MS: Final = 1000.0


class Seller:
    """A partition with one large show, decided without Kafka; offsets are as the logs would have them."""

    def __init__(self) -> None:
        self.partition = Partition(0, 1)
        self.partition.fold(0, encode_claim(PartitionClaim(owner="benchmark", generation=1, rules=RULES)))
        self.recorded = 1
        self._offset = 0
        self.record(schedule_record(SHOW_ID))
        self.confirm()

    @property
    def show(self) -> Show:
        return self.partition.shows[SHOW_ID]

    def record(self, value: bytes) -> int:
        """Decide the next command record; gives how many events it became, each of them a fact."""
        decisions = self.partition.decide(self._offset, NOW, value, self.recorded)
        self._offset += 1
        self.recorded += len(decisions)
        return len(decisions)

    def confirm(self) -> None:
        self.partition.confirm(self.recorded - self.partition.cursor.offset - 1)


@contextmanager
def _measured_fairly() -> Iterator[None]:
    """Without a collection of what earlier benchmarks have left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def measure_deciding(pace: Pace) -> Iterator[Row]:
    """`decide_hold`: decide alone, a free seat each time. `decide_and_record`: with evolve, encoding and hash chain."""
    pace.say("deciding holds on a show of 20,000 seats")
    yield row("decide_hold", median(_decide_alone(round_) for round_ in range(pace.rounds)), "/s")
    yield row("decide_and_record", median(_decide_and_record(round_) for round_ in range(pace.rounds)), "/s")


def _decide_alone(seed: int) -> float:
    show = Seller().show
    asked = [(decode_command(posted), posted.id, posted.digest) for posted in holds(Random(seed))]
    with _measured_fairly():
        began = process_time()
        for command, command_id, digest in asked:
            decide(show, command, NOW, command_id=command_id, digest=digest)
        took = process_time() - began
    return len(asked) / took


def _decide_and_record(seed: int) -> float:
    seller = Seller()
    values = list(hold_records(SHOW_ID, 1, Random(seed)))
    with _measured_fairly():
        began = process_time()
        for number, value in enumerate(values, 1):
            seller.record(value)
            if number % BATCH == 0:
                seller.confirm()
        took = process_time() - began
    assert len(seller.show.holds) == SEATS
    return len(values) / took


class House(NamedTuple):
    """A plan, which of its seats are taken, and what is asked for."""

    name: str
    statuses: bytearray
    wish: Wish


def measure_seating(pace: Pace) -> Iterator[Row]:
    """`best_available`: four seats in a house with every second seat sold at random; then the hardest houses known."""
    pace.say("finding the best seats in half-sold houses of 20,000 seats")
    index = SeatIndex(large_plan())
    for house in _houses():
        times = _times(partial(best_available, index, house.statuses, house.wish), pace.rounds)
        yield row(house.name, median(times) * _MS, "ms")
    yield row("best_available_half_held", median(_half_held(pace.rounds)) * _MS, "ms")


def _times(call: Callable[[], object], rounds: int, calls: int = 20) -> Iterator[float]:
    """Seconds of CPU a call, measured `rounds` times."""
    for _ in range(rounds):
        began = process_time()
        for _ in range(calls):
            call()
        yield (process_time() - began) / calls


def _houses() -> Iterator[House]:
    random = Random(1)
    half_sold = bytearray(random.sample([0, BOOKED] * (SEATS // 2), SEATS))
    every_second = bytearray([0, BOOKED] * (SEATS // 2))
    pairs = bytearray([0, 0, BOOKED, BOOKED] * (SEATS // 4))
    last_four = bytearray(every_second)
    last_four[-4:] = bytes(4)
    front_sold = bytearray(
        0 if position % (20 * SEATS_PER_ROW) >= 10 * SEATS_PER_ROW else BOOKED for position in range(SEATS)
    )
    yield House("best_available", half_sold, Wish(4))
    yield House("best_available_back_half_free", front_sold, Wish(4))
    yield House("best_available_only_last_row", last_four, Wish(4))
    yield House("best_available_pairs_only", pairs, Wish(4))
    yield House("best_available_no_neighbours", every_second, Wish(4))
    yield House("best_available_no_neighbours_apart", every_second, Wish(4, together=False))


def _half_held(rounds: int) -> Iterator[float]:
    """The whole decision when every second seat is held, not sold: a hold may have lapsed, so all are looked at."""
    seller = Seller()
    for number, posted in enumerate(holds(Random(1))):
        if number < SEATS // 2:
            seller.record(encode_commands(CommandRecord(show_id=SHOW_ID, commands=(posted,))))
    seller.confirm()
    command = HoldBestAvailable(buyer_id="benchmark", quantity=4)

    def ask() -> None:
        event = decide(seller.show, command, NOW, command_id="benchmark", digest="")
        assert isinstance(event, SeatsHeld), event

    yield from _times(ask, rounds)
