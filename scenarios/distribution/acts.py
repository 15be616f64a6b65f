"""One run: three shows sold while deciders come and go, act by act.

First the quiet show alone and beside a hot one, in turns, so that whatever else the machine does meets both. Then more
is wanted than one capped decider can do, of one decider, of three, and of one again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final, NamedTuple

from scenarios.distribution.demand import HOT, OFFERED_CAPS, QUIET, QUIET_A_SECOND, SHARES, Demand, Terms
from scenarios.distribution.fleet import Fleet
from scenarios.distribution.visitors import Visitors
from scenarios.distribution.watch import Look, Watch
from scenarios.sale import SaleFailed

RAMP_SECONDS: Final = 3.0
SETTLED_SECONDS: Final = 1.0
"""After a ramp, before an act is measured."""
ROUNDS: Final = 2
LOOK_SECONDS: Final = 0.25
SHARED_WITHIN_SECONDS: Final = 60.0
WORKED_OFF_WITHIN_SECONDS: Final = 90.0
BACKLOG_SECONDS: Final = 0.1
"""A lag of command records worth less than this, if each had one command, is no backlog."""
TAIL: Final = 0.5
"""Of a cap: what is still wanted at the end, so that one decider can work the backlog off."""
BEHIND: Final = "the backlog was not worked off"
FIRST, MORE = "decider-1", ("decider-2", "decider-3")

Say = Callable[[str], None]


class ActName:
    """What happened in an act."""

    ALONE: Final = "quiet show alone"
    BESIDE: Final = "beside a hot one"
    ONE: Final = "one decider"
    THREE: Final = "three deciders"
    BACK: Final = "one again"


class Act(NamedTuple):
    """A measured time, in monotonic seconds. `wanted` in commands a second, at its peak."""

    name: str
    began: float
    ended: float
    wanted: Mapping[Demand, float]


class Told(NamedTuple):
    """What the run did, beside what visitors and watch have recorded."""

    acts: Sequence[Act]
    scale_up_seconds: float
    worked_off_seconds: float
    scale_down_seconds: float


class Selling:
    """Runs the acts. `peak` in holds a second."""

    def __init__(self, terms: Terms, peak: float, fleet: Fleet, visitors: Visitors, watch: Watch, say: Say) -> None:
        self._terms = terms
        self._peak = peak
        self._fleet = fleet
        self._visitors = visitors
        self._watch = watch
        self._say = say
        self._wanted: Mapping[Demand, float] = {}
        self._acts: list[Act] = []

    async def run(self) -> Told:
        """All acts; nobody comes any more and nothing waits when it returns. Raises SaleFailed, StackFailure."""
        await self._beside_each_other()
        up, caught_up, down = await self._shared_out()
        return Told(self._acts, up, caught_up, down)

    async def _beside_each_other(self) -> None:
        for _ in range(ROUNDS):
            await self._turn({QUIET: QUIET_A_SECOND})
            await self._act(ActName.ALONE, self._terms.seconds / ROUNDS)
            await self._turn({QUIET: QUIET_A_SECOND, HOT: self._peak / 2})
            await self._act(ActName.BESIDE, self._terms.seconds / ROUNDS)
        await self._turn({})

    async def _shared_out(self) -> tuple[float, float, float]:
        """Gives the seconds until three deciders shared the partitions, until they had worked the backlog off, and
        until one had them all again."""
        cap, offered = self._terms.cap, OFFERED_CAPS * self._terms.cap
        self._say(f"The decider starts again with a cap of {cap:g} decisions a second")
        await self._fleet.stop(FIRST)
        await self._fleet.start(FIRST, cap=cap)
        await self._until(shared_among(1, len(SHARES)), SHARED_WITHIN_SECONDS, "one did not own every partition")
        await self._turn({demand: share * offered for demand, share in SHARES.items()})
        await self._act(ActName.ONE, self._terms.seconds)
        self._say("Two more deciders")
        began = monotonic()
        await self._fleet.start(*MORE, cap=cap)
        await self._until(shared_among(3, 1), SHARED_WITHIN_SECONDS, "three deciders did not share the partitions")
        up = monotonic() - began
        await self._until(worked_off(BACKLOG_SECONDS * offered), WORKED_OFF_WITHIN_SECONDS, BEHIND)
        caught_up = monotonic() - began
        await asyncio.sleep(SETTLED_SECONDS)
        await self._act(ActName.THREE, self._terms.seconds)
        self._say("Back to one")
        began = monotonic()
        await self._fleet.stop(*MORE)
        await self._until(shared_among(1, len(SHARES)), SHARED_WITHIN_SECONDS, "one did not own every partition")
        down = monotonic() - began
        await self._turn({demand: share * TAIL * cap for demand, share in SHARES.items()})
        await self._act(ActName.BACK, self._terms.seconds / 2)
        await self._turn({})
        await self._until(worked_off(0.0), WORKED_OFF_WITHIN_SECONDS, BEHIND)
        return up, caught_up, down

    async def _turn(self, wanted: Mapping[Demand, float]) -> None:
        """Go over to another load, and wait until it has settled."""
        now = monotonic()
        for demand, dial in self._visitors.dials.items():
            dial.turn(wanted.get(demand, 0.0), now, RAMP_SECONDS)
        self._wanted = wanted
        await asyncio.sleep(RAMP_SECONDS + SETTLED_SECONDS)

    async def _act(self, name: str, seconds: float) -> None:
        self._say(f"{name}: {seconds:g} s at {sum(self._wanted.values()):,.0f} commands a second")
        began = monotonic()
        await asyncio.sleep(seconds)
        self._acts.append(Act(name, began, monotonic(), self._wanted))

    async def _until(self, true: Callable[[Sequence[Look]], bool], within: float, otherwise: str) -> None:
        deadline = monotonic() + within
        while not true(await self._watch.look()):
            if monotonic() > deadline:
                raise SaleFailed(f"After {within:.0f} s {otherwise}.")
            await asyncio.sleep(LOOK_SECONDS)


def shared_among(deciders: int, each: int) -> Callable[[Sequence[Look]], bool]:
    """Whether so many deciders own so many partitions each."""
    return lambda looks: len(looks) == deciders and all(look.owned == each for look in looks)


def worked_off(most: float) -> Callable[[Sequence[Look]], bool]:
    """Whether every decider knows its lag, and all together have at most so many command records without events."""

    def true(looks: Sequence[Look]) -> bool:
        return all(len(look.lag) == look.owned for look in looks) and backlog(looks) <= most

    return true


def backlog(looks: Sequence[Look]) -> float:
    """Command records without their events, in all partitions."""
    return sum(sum(look.lag.values()) for look in looks)
