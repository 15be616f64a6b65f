"""What a benchmark found: one row a figure, beside its baseline and its bar."""

from collections.abc import Sequence
from math import ceil, isnan
from typing import Final, NamedTuple

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `against` is the baseline's value in the same unit, or the bar as text; `ratio` is value/baseline."""

    name: str
    value: float
    unit: str
    against: float | str | None
    ratio: float | None


class QuickRow(Row, frozen=True, kw_only=True):
    """A row of a quick run, which is no result: too short, and repeated too seldom."""

    quick: bool = True


class Bar(NamedTuple):
    """What a figure must reach; None means that nothing is asked of it."""

    least: float | None = None
    most: float | None = None
    ratio_least: float | None = None
    ratio_most: float | None = None

    def text(self) -> str:
        """The bar as people write it."""
        parts = [
            ("", "≥", self.least),
            ("", "≤", self.most),
            ("ratio ", "≥", self.ratio_least),
            ("ratio ", "≤", self.ratio_most),
        ]
        return ", ".join(f"{what}{sign} {bound:,g}" for what, sign, bound in parts if bound is not None)

    def met(self, row: Row) -> bool:
        """Whether a figure reaches it. A ratio that is asked for and missing does not."""
        return _within(row.value, self.least, self.most) and (
            (self.ratio_least is None and self.ratio_most is None)
            or (row.ratio is not None and _within(row.ratio, self.ratio_least, self.ratio_most))
        )


BARS: Final = {
    "decide_hold": Bar(least=100_000),
    "best_available": Bar(most=1.0),
    "decider_1": Bar(ratio_least=0.7),
    "decider_8": Bar(ratio_least=2.5),
    "recovery": Bar(ratio_least=0.6),
    "restart_after_kill": Bar(most=10),
    "planned_restart": Bar(most=3),
    "graceful_stop": Bar(most=2),
    "standby_takeover": Bar(most=7),
    "command_to_event_p99": Bar(most=40, ratio_most=3),
    "http_hold_peak": Bar(least=2_500),
    "http_hold_peak_p99": Bar(most=400),
    "projection_lag_p99": Bar(most=1.0),
    "projection_drained": Bar(most=2.0),
    "http_hold_paced_p99": Bar(most=80),
    "seat_map": Bar(least=1_000),
    "seat_map_p99": Bar(most=50),
    "overload": Bar(ratio_least=0.8),
    "overload_wrong_answers": Bar(most=0),
    "overload_back_to_normal": Bar(most=5),
    "overload_command_api_growth": Bar(most=20),
    "overload_decider_growth_per_accepted": Bar(most=800),
    "decider_memory_at_start": Bar(most=200),
    "decider_growth_per_accepted": Bar(most=800),
    "decider_growth_per_repeat": Bar(most=20),
    "decider_growth_per_refusal": Bar(most=20),
    "command_api_memory": Bar(most=150),
    "command_api_growth": Bar(most=10),
    "query_api_memory": Bar(most=150),
    "query_api_growth": Bar(most=10),
}
"""What is asked for, in the units of the rows. A takeover may take the session timeout of 6 s and one more. Where no
growth at all is asked for, the bar is what an allocator's and a sampler's noise may show over the run: 20 bytes a
command, 10 MB of a process."""


def row(name: str, value: float, unit: str, baseline: float | None = None) -> Row:
    """A row, with its ratio if there is a baseline, else with the text of its bar. Raises ValueError for NaN."""
    if isnan(value):
        raise ValueError(f"{name} has no value")
    bar = BARS[name].text() if name in BARS else None
    against = bar if baseline is None else rounded(baseline)
    ratio = None if baseline is None else rounded(value / baseline)
    return Row(name=name, value=rounded(value), unit=unit, against=against, ratio=ratio)


def rounded(value: float) -> float:
    """Four significant digits; more of them would be noise."""
    return float(f"{value:.4g}")


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest of the values that this share of them does not exceed. Raises ValueError if empty."""
    if not values:
        raise ValueError("no values, no percentile")
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
