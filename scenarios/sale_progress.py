"""A sale while it runs, as one line on the terminal."""

import asyncio
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scenarios.crowd import Crowd
from scenarios.exchanges import Kind

REFRESH_SECONDS: Final = 0.2
"""Each refresh costs a few milliseconds of the core that the crowd runs on."""


async def show_progress(crowd: Crowd, buyers: int, seats: int, console: Console) -> None:
    """Draw until cancelled; draws nothing when this is no terminal."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        console=console,
        auto_refresh=False,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("buyers served", total=buyers, counts="")
        answers, looked = 0, monotonic()
        try:
            while True:
                await asyncio.sleep(REFRESH_SECONDS)
                now = monotonic()
                rate = (crowd.record.answers - answers) / (now - looked)
                answers, looked = crowd.record.answers, now
                progress.update(bar, completed=len(crowd.fates), counts=_counts(crowd, seats, rate))
                progress.refresh()
        finally:
            progress.update(bar, completed=len(crowd.fates), counts=_counts(crowd, seats, 0.0))
            progress.refresh()


def _counts(crowd: Crowd, seats: int, rate: float) -> str:
    counts = crowd.record.counts
    accepted = counts[Kind.HELD] + counts[Kind.BOOKED]
    return (
        f"{rate:,.0f}/s · accepted {accepted:,} · refused {counts[Kind.REFUSED]:,}"
        f" · queued {counts[Kind.QUEUED]:,} · sold {counts[Kind.BOOKED]:,}/{seats:,}"
    )
