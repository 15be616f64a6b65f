from itertools import islice

import msgspec
import pytest

from contracts.identifiers import keyed_command_id
from contracts.operations.tokens import TokenVerifier
from contracts.topics import partition_of
from scenarios.benchmarks.house import SEATS, large_plan, seat_labels, show_ids
from scenarios.benchmarks.load_plan import LoadPlan, Shape
from scenarios.benchmarks.load_shapes import RELEASED_AFTER, RELEASED_ONE_IN, REPEATED, requests

SECRET = "s" * 32


def plan(shape, shows=("one", "two"), **changes):
    given = LoadPlan(
        url="http://127.0.0.1:1",
        token_secret=SECRET,
        shows=shows,
        shape=shape,
        warm_up_seconds=1,
        measured_seconds=1,
    )
    return msgspec.structs.replace(given, **changes)


def asked(request):
    return request.path, msgspec.json.decode(request.body)["seats"][0]


def test_a_large_house_has_20000_seats():
    assert large_plan().capacity() == SEATS == len(set(seat_labels())) == 20_000


@pytest.mark.parametrize("partitions", [1, 3, 8])
def test_shows_are_dealt_out_to_the_partitions(partitions):
    shows = show_ids("any", 2 * partitions, partitions)
    assert [partition_of(show, partitions) for show in shows] == [*range(partitions), *range(partitions)]


def test_each_seat_of_each_show_is_held_once():
    holds = list(requests(plan(Shape.HOLDS)))
    assert len({asked(hold) for hold in holds}) == len(holds) == 2 * SEATS
    assert len({(hold.path, hold.headers["Idempotency-Key"]) for hold in holds}) == len(holds)


def test_a_load_may_be_cut_short():
    assert len(list(requests(plan(Shape.HOLDS, most=7)))) == 7


def test_buyers_have_tokens_that_the_apis_accept():
    hold = next(requests(plan(Shape.HOLDS)))
    assert TokenVerifier(SECRET).verify(hold.headers["Authorization"]).role == "buyer"


def test_repeats_are_the_first_holds_to_the_byte(monkeypatch):
    monkeypatch.setattr("contracts.operations.tokens.time.time", lambda: 1_800_000_000.0)  # tokens of one moment
    first = list(requests(plan(Shape.HOLDS, most=REPEATED)))
    assert list(requests(plan(Shape.REPEATS, most=2 * REPEATED))) == [*first, *first]


def test_refusals_ask_for_seats_that_are_held_under_keys_that_are_not():
    held = list(requests(plan(Shape.HOLDS, most=REPEATED)))
    refused = list(requests(plan(Shape.REFUSALS, most=3 * REPEATED)))
    assert {asked(one) for one in refused} == {asked(one) for one in held}
    keys = {one.headers["Idempotency-Key"] for one in refused}
    assert len(keys) == len(refused)
    assert keys.isdisjoint(one.headers["Idempotency-Key"] for one in held)
    assert {one.expected for one in refused} == {409}


def test_churn_releases_what_it_held_well_before():
    load = list(islice(requests(plan(Shape.CHURN)), 3 * RELEASED_AFTER))
    holds = [one for one in load if one.method == "POST"]
    released = next(one for one in load if one.method == "DELETE")
    buyer = TokenVerifier(SECRET).verify(holds[0].headers["Authorization"]).id
    hold_id = keyed_command_id(buyer, "one", holds[0].headers["Idempotency-Key"])
    assert released.path == f"/shows/one/holds/{hold_id}"
    assert load.index(released) > RELEASED_AFTER
    assert len(load) - len(holds) == pytest.approx((len(holds) - RELEASED_AFTER) / RELEASED_ONE_IN, abs=2)


def test_churn_asks_for_every_seat_before_it_asks_again():
    holds = [one for one in islice(requests(plan(Shape.CHURN, shows=("one",))), 3 * SEATS) if one.method == "POST"]
    assert len({asked(one) for one in holds[:SEATS]}) == SEATS
    assert asked(holds[SEATS]) == asked(holds[0])
    assert holds[SEATS].headers["Idempotency-Key"] != holds[0].headers["Idempotency-Key"]
