"""The pictures of a load distribution. All times in seconds since the run began."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from matplotlib.axes import Axes

from scenarios.report.pictures import FAINT, INK, picture

COLOURS: Final = ("#2b7a78", "#e8a33d", "#7b5ea7", "#486581", "#d64545", "#9fb3c8")
CHART_INCHES: Final = 2.0
PLOT_INCHES: Final = 2.7
ROOM_ABOVE: Final = 1.15
"""For the names of the acts."""


class Line(NamedTuple):
    """A curve: (seconds, value) in order."""

    name: str
    points: Sequence[tuple[float, float]]


class Stretch(NamedTuple):
    """Something that lasted: an act, or a time in which `name` owned partition `row`."""

    name: str
    began: float
    ended: float
    row: int = 0


def over_time(lines: Sequence[Line], acts: Sequence[Stretch], up: str, ended: float) -> str:
    """Curves over the whole run, the acts shaded and named."""

    def draw(axes: Axes) -> None:
        for line, colour in zip(lines, COLOURS, strict=False):
            across, values = [at for at, _ in line.points], [value for _, value in line.points]
            axes.plot(across, values, label=line.name, color=colour, linewidth=1.6)
        axes.set_ylim(0, ROOM_ABOVE * max((value for line in lines for _, value in line.points), default=1.0) or 1.0)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        _shade(axes, acts, ended)

    return picture(draw, "seconds since the beginning", up, PLOT_INCHES)


def owners(spans: Sequence[Stretch], acts: Sequence[Stretch], ended: float) -> str:
    """One bar a partition, coloured by who owned it."""
    names = sorted({span.name for span in spans})
    colours = dict(zip(names, COLOURS, strict=False))

    def draw(axes: Axes) -> None:
        named: set[str] = set()
        for span in spans:
            label = None if span.name in named else span.name
            named.add(span.name)
            where = [(span.began, span.ended - span.began)]
            axes.broken_barh(where, (span.row - 0.36, 0.72), facecolors=colours[span.name], label=label)
        axes.set_yticks(sorted({span.row for span in spans}))
        axes.set_ylim(max((span.row for span in spans), default=0) + 0.5, -1.0)
        _shade(axes, acts, ended)

    return picture(draw, "seconds since the beginning", "partition", CHART_INCHES)


def a_second(times: Mapping[str, Sequence[float]], ended: float) -> list[Line]:
    """How many a second, second by second, of moments that are named."""
    lines = []
    for name, moments in times.items():
        counts = [0] * (int(ended) + 1)
        for at in moments:
            if 0 <= at < len(counts):
                counts[int(at)] += 1
        lines.append(Line(name, [(second + 0.5, float(count)) for second, count in enumerate(counts)]))
    return lines


def _shade(axes: Axes, acts: Sequence[Stretch], ended: float) -> None:
    for act in acts:
        axes.axvspan(act.began, act.ended, color=FAINT, alpha=0.13, linewidth=0, zorder=0)
        axes.annotate(
            act.name,
            ((act.began + act.ended) / 2, 0.98),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            fontsize=7,
            color=INK,
        )
    axes.set_xlim(0, ended)
