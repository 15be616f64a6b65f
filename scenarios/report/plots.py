"""The pictures of a flash sale."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from scenarios.figures import rates
from scenarios.report.pictures import FAINT, picture

ACCEPTED: Final = "#0b8457"
REFUSED: Final = "#d64545"
ARRIVED: Final = "#9fb3c8"
LOOKED: Final = "#486581"
BIN_SECONDS: Final = 0.1


def traffic(arrivals: Sequence[float], looks: Sequence[float], decided: Sequence[float]) -> str:
    """Buyers arriving, maps shown and commands decided, a second, over time. Seconds since the first arrival."""
    last = max((*arrivals, *looks, *decided), default=0.0)
    edges = [BIN_SECONDS * number for number in range(int(last / BIN_SECONDS) + 2)]

    def draw(axes: Axes) -> None:
        arrived = rates(arrivals, len(edges) - 1, BIN_SECONDS)
        axes.stairs(arrived, edges, label="buyers arriving", color=ARRIVED, fill=True, alpha=0.6, zorder=1)
        for label, times, colour in (("seat maps shown", looks, LOOKED), ("commands decided", decided, ACCEPTED)):
            a_second = rates(times, len(edges) - 1, BIN_SECONDS)
            axes.stairs(a_second, edges, label=label, color=colour, linewidth=1.8)
        axes.set_xlim(0, edges[-1])
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter("{x:,.0f}")

    return picture(draw, "seconds since the first arrival", "a second")


def waiting(accepted: Sequence[float], refused: Sequence[float]) -> str:
    """The share of commands settled within so many milliseconds, for accepted and refused. Takes seconds."""

    def draw(axes: Axes) -> None:
        for label, seconds, colour in (("accepted", accepted, ACCEPTED), ("refused", refused, REFUSED)):
            if not seconds:
                continue
            ordered = sorted(1000 * each for each in seconds)
            shares = [100 * (number + 1) / len(ordered) for number in range(len(ordered))]
            axes.step(ordered, shares, where="post", label=f"{label} ({len(ordered):,})", color=colour, linewidth=1.8)
        axes.axhline(99, color=FAINT, linewidth=0.8, linestyle="--")
        axes.set_ylim(0, 102)
        axes.set_yticks([0, 25, 50, 75, 99], ["0", "25 %", "50 %", "75 %", "99 %"])
        axes.set_xlim(left=0)

    return picture(draw, "milliseconds from wanting to knowing", "commands")


def selling(sold: Sequence[float], seats: int, seconds: float) -> str:
    """Seats sold over time, as the buyers learned it. Seconds since the first arrival."""
    ordered = sorted(sold)

    def draw(axes: Axes) -> None:
        axes.axhline(seats, color=FAINT, linewidth=0.8, linestyle="--", label=f"all {seats:,} seats")
        counts = [*range(len(ordered) + 1), len(ordered)]
        axes.step([0.0, *ordered, seconds], counts, where="post", color=ACCEPTED, linewidth=2, label="seats sold")
        axes.set_xlim(0, seconds)
        axes.set_ylim(0, seats * 1.1)
        axes.yaxis.set_major_formatter("{x:,.0f}")

    return picture(draw, "seconds since the first arrival", "seats sold")
