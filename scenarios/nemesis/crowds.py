"""The calm run: nothing is broken, but ten thousand people want a hundred seats beside everybody else."""

import asyncio
from typing import Final

from scenarios.checkers.findings import Finding
from scenarios.checkers.sales import check_sold
from scenarios.crowd import Crowd
from scenarios.figures import SaleTerms
from scenarios.nemesis.judging import judge_everything
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.scene import Scene
from scenarios.sale import hold_sale

SHOW: Final = "flash-sale"
BUYERS: Final = 10_000
SEATS: Final = 100
CONNECTIONS: Final = 300
SEED: Final = 1


def flash_sale(scene: Scene) -> None:
    """Hold the sale on the same stack; its exchanges are judged with all others."""
    terms = SaleTerms(SHOW, SEED, BUYERS, SEATS, CONNECTIONS, 1.0)
    held = asyncio.run(hold_sale(scene.site, terms, _look_away))
    scene.exchanges += held.crowd.record.exchanges
    scene.note("buyers_of_the_flash_sale", len(held.crowd.fates))


def judge_flash_sale(ran: Ran) -> list[Finding]:
    """Everything, and that exactly every seat was sold once."""
    return [*judge_everything(ran), *check_sold(ran.log, SHOW, SEATS)]


async def _look_away(_: Crowd) -> None:
    """Nobody watches."""
