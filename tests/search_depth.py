"""How far Hypothesis searches: the same few examples in every run of the tests, or many fresh ones when asked.

`SEATLOG_SEARCH=20 pytest tests/properties` searches twenty times as far, and elsewhere each time.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

TIMES = int(os.environ.get("SEATLOG_SEARCH", "0"))


def searched(examples: int) -> settings:
    """The settings of a property that is tried on so many examples."""
    return settings(
        max_examples=examples * max(TIMES, 1),
        derandomize=TIMES == 0,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def assert_notices(check: Callable[..., Any], examples: SearchStrategy[Any], error: type[Exception] = AssertionError):
    """The negative control of a property: with a fault planted, `check` fails on some of 1,000 examples."""

    @settings(searched(1), max_examples=1000, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    @given(examples)
    def search(example):
        check(example)

    with pytest.raises(error):
        search()
