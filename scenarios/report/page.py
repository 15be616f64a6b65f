"""The report of a flash sale as one HTML file that needs nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from contracts.seat_plans import SeatIndex, SeatPlan
from scenarios.crowd import Crowd, End
from scenarios.exchanges import Kind
from scenarios.figures import SaleResult, Verdict, answers_for_people, waits
from scenarios.report import plots
from scenarios.report.templates import write_page

TEMPLATE: Final = "flash_sale.html.jinja"
EARLIEST, LATEST = (4, 74, 52), (128, 200, 165)
"""The colours of the first and the last seat sold; between them by rank."""


class Winner(NamedTuple):
    """Who bought a seat, by the log."""

    buyer: str
    receipt: str
    offset: int


class SeatCell(NamedTuple):
    """A seat in the picture; an empty colour means not sold."""

    number: str
    colour: str
    title: str


class RowCells(NamedTuple):
    """A row in the picture."""

    name: str
    seats: list[SeatCell]


def write_report(
    path: Path,
    title: str,
    result: SaleResult,
    verdicts: Sequence[Verdict],
    crowd: Crowd,
    plan: SeatPlan,
    winners: Mapping[str, Winner],
    verify: str,
) -> None:
    """Write the page. `winners` by seat label; `verify` is the command that checks it all again."""
    first = crowd.first_arrival
    looked = [each for each in crowd.record.exchanges if each.kind is Kind.MAP]
    write_page(
        path,
        TEMPLATE,
        title=title,
        result=result,
        verdicts=verdicts,
        tiles=_tiles(result),
        answers=answers_for_people(result),
        traffic=plots.traffic(
            [each - first for each in crowd.arrivals],
            [each.answered - first for each in looked if each.answered is not None],
            [each.settled - first for each in crowd.decisions],
        ),
        waiting=plots.waiting(waits(crowd.decisions, accepted=True), waits(crowd.decisions, accepted=False)),
        selling=plots.selling(
            [fate.at - first for fate in crowd.fates if fate.end is End.WON], result.seats, result.seconds
        ),
        rows=_rows(plan, winners),
        verify=verify,
    )


def _tiles(result: SaleResult) -> list[tuple[str, str]]:
    return [
        (f"{result.sold:,} / {result.seats:,}", "seats sold"),
        (f"{result.double_sold:,}", "sold twice"),
        (f"{result.false_refusals:,}", "false refusals"),
        (f"{result.unanswered:,}", "left unanswered"),
        (f"{result.seconds:.1f} s", "first arrival to last answer"),
        (f"{result.requests_per_second:,.0f}", "requests a second"),
    ]


def _rows(plan: SeatPlan, winners: Mapping[str, Winner]) -> list[RowCells]:
    by_rank = sorted(winners, key=lambda label: winners[label].offset)
    ranks = {label: rank for rank, label in enumerate(by_rank)}
    index = SeatIndex(plan)
    several = len(index.sections) > 1
    return [
        RowCells(
            f"{span.section} {span.row.name}" if several else span.row.name,
            [_cell(index.label(position), winners, ranks) for position in range(span.start, span.stop)],
        )
        for span in index.rows
    ]


def _cell(label: str, winners: Mapping[str, Winner], ranks: Mapping[str, int]) -> SeatCell:
    number = label.rpartition("-")[2]
    winner = winners.get(label)
    if winner is None:
        return SeatCell(number, "", f"{label}: not sold")
    share = ranks[label] / max(1, len(ranks) - 1)
    colour = "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(EARLIEST, LATEST, strict=True))
    return SeatCell(number, colour, f"{label}: {winner.buyer}, number {ranks[label] + 1}, receipt {winner.receipt}")
