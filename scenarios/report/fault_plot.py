"""Throughput, lag and errors over time, with the fault's window shaded."""

from typing import Final, NamedTuple

from matplotlib.axes import Axes

from scenarios.nemesis.timeline import Timeline
from scenarios.report.pictures import picture
from scenarios.report.plots import ACCEPTED, ARRIVED, LOOKED, REFUSED

_HEIGHT: Final = 2.2
_ACROSS: Final = "seconds since the first command"


class FaultPlots(NamedTuple):
    """Data URIs; all have the same time below them."""

    decisions: str
    lag: str
    errors: str


def fault_plots(line: Timeline) -> FaultPlots:
    """The pictures of a run."""
    lag = [float(each) for each in line.lag]
    return FaultPlots(
        _plot(line, "decisions a second", ("decided", line.decisions, ACCEPTED)),
        _plot(line, "commands waiting", ("waiting in Kafka", lag, LOOKED)),
        _plot(line, "answers a second", ("errors", line.errors, REFUSED), ("202 queued", line.queued, ARRIVED)),
    )


def _plot(line: Timeline, up: str, *curves: tuple[str, list[float], str]) -> str:
    def draw(axes: Axes) -> None:
        axes.axvspan(*line.fault, color=REFUSED, alpha=0.12, linewidth=0, label="fault")
        for label, figures, colour in curves:
            axes.stairs(figures, line.edges, label=label, color=colour, linewidth=1.8)
        axes.set_xlim(0, line.edges[-1])
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter("{x:,.0f}")

    return picture(draw, _ACROSS, up, _HEIGHT)
