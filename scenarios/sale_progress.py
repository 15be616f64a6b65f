"""A sale while it runs, as two lines on the terminal."""

import asyncio
from time import monotonic
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from scenarios.crowd import Crowd
from scenarios.exchanges import Kind

REFRESH_SECONDS: Final = 0.2
"""Each refresh costs a few milliseconds of the core that the crowd runs on."""


async def show_progress(crowd: Crowd, buyers: int, seats: int, console: Console) -> None:
    """Draw until cancelled, if this is a terminal."""
    if not console.is_terminal:
        return
    columns = (TextColumn("buyers served"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console)
    bar = progress.add_task("", total=buyers)
    answers, looked, rate = 0, monotonic(), 0.0
    with Live(console=console, auto_refresh=False) as live:
        try:
            while True:
                await asyncio.sleep(REFRESH_SECONDS)
                now = monotonic()
                rate = (crowd.record.answers - answers) / (now - looked)
                answers, looked = crowd.record.answers, now
                progress.update(bar, completed=len(crowd.fates))
                live.update(Group(progress, _counts(crowd, seats, rate)), refresh=True)
        finally:
            progress.update(bar, completed=len(crowd.fates))
            live.update(Group(progress, _counts(crowd, seats, rate)), refresh=True)


def _counts(crowd: Crowd, seats: int, rate: float) -> Text:
    counts = crowd.record.counts
    accepted = counts[Kind.HELD] + counts[Kind.BOOKED]
    return Text(
        f"{rate:,.0f} answers/s · accepted {accepted:,} · refused {counts[Kind.REFUSED]:,}"
        f" · queued {counts[Kind.QUEUED]:,} · sold {counts[Kind.BOOKED]:,}/{seats:,}"
    )
