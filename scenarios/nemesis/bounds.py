"""I12: memory and lag are bounded. Lag is counted from the logs' own times, so a standstill cannot hide its samples."""

from collections.abc import Iterator
from typing import Final

from scenarios.checkers.findings import Finding
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.timeline import timeline

MEMORY_MOST_BYTES: Final = 700 * 1024 * 1024
"""No process of ours may have more in its resident set than this in any run."""
SERVERS: Final = ("kafka", "mongo")
LAG_MOST: Final = 500
"""Commands that may wait while nothing is broken: some seconds of the steady load."""
LAG_AT_REST: Final = 100
"""Commands that may wait at the end: the last holds are lapsing then, some dozens at once."""
RECOVERY_SECONDS: Final = 20.0
"""After the last harm, for coming back and working off what has gathered."""


def check_bounds(ran: Ran) -> list[Finding]:
    """Memory during the whole run, and lag before the fault, after its recovery, and at the end."""
    return [*check_memory(ran), *check_lag(ran)]


def check_memory(ran: Ran) -> Iterator[Finding]:
    """The largest resident set of each process."""
    for name, size in ran.memory.items():
        if size > MEMORY_MOST_BYTES and not name.startswith(SERVERS):
            yield Finding("I12", f"{size / 1024**2:,.0f} MiB of memory", f"process {name}")


def check_lag(ran: Ran) -> Iterator[Finding]:
    """Commands that wait for their event: few while nothing is broken, nearly none at the end."""
    line = timeline(ran)
    began, recovered = line.fault[0], line.fault[1] + RECOVERY_SECONDS
    lags = list(zip(line.edges[1:], line.lag, strict=True))
    calm = [(lag, at) for at, lag in lags if at <= began or at >= recovered]
    most, at = max(calm, default=(0, 0.0))
    if most > LAG_MOST:
        yield Finding("I12", f"{most:,} commands waited while nothing was broken", f"{at:.1f} s after the start")
    at, last = lags[-1]
    if last > LAG_AT_REST:
        yield Finding("I12", f"{last:,} commands waited still at the end", f"{at:.1f} s after the start")
