import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.benchmarks.rows import BARS, Bar, QuickRow, percentile, row


def test_a_row_without_baseline_names_its_bar():
    assert row("decide_hold", 123_456.7, "/s").against == "≥ 100,000"


def test_a_row_with_baseline_has_the_ratio_to_it():
    assert row("decider_1", 15_000, "/s", baseline=20_000).ratio == 0.75


def test_a_row_that_nobody_asked_for_has_no_bar():
    assert row("decide_and_record", 1.0, "/s").against is None


def test_a_row_without_a_value_is_no_row():
    with pytest.raises(ValueError, match="decide_hold"):
        row("decide_hold", math.nan, "/s")


def test_a_row_has_the_five_fields_that_are_promised():
    assert set(msgspec.json.decode(msgspec.json.encode(row("seat_map", 2_000, "/s")))) == {
        "name",
        "value",
        "unit",
        "against",
        "ratio",
    }


def test_a_quick_row_says_that_it_is_no_result():
    quick = QuickRow(**msgspec.structs.asdict(row("seat_map", 2_000, "/s")))
    assert msgspec.json.decode(msgspec.json.encode(quick))["quick"] is True


@pytest.mark.parametrize(
    ("bar", "value", "ratio", "met"),
    [
        (Bar(least=10), 10, None, True),
        (Bar(least=10), 9.9, None, False),
        (Bar(most=10), 10, None, True),
        (Bar(most=10), 10.1, None, False),
        (Bar(ratio_least=0.7), 1, 0.7, True),
        (Bar(ratio_least=0.7), 1, 0.6, False),
        (Bar(most=40, ratio_most=3), 39, 3, True),
        (Bar(most=40, ratio_most=3), 41, 3, False),
        (Bar(most=40, ratio_most=3), 39, 3.1, False),
        (Bar(ratio_least=0.7), 1, None, False),
    ],
)
def test_a_bar_is_met_by_value_and_ratio(bar, value, ratio, met):
    found = row("anything", value, "/s", baseline=None if ratio is None else value / ratio)
    assert bar.met(found) is met


def test_a_bar_reads_as_people_write_it():
    assert BARS["command_to_event_p99"].text() == "≤ 40, ratio ≤ 3"


def test_the_percentile_is_one_of_the_values():
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([5.0], 0.99) == 5.0


@given(st.lists(st.integers(), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_not_exceeded_by_its_share(values, share):
    at = percentile(values, share)
    assert sum(value <= at for value in values) >= share * len(values) - 1e-9


def test_no_values_have_no_percentile():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.99)
