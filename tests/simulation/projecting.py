"""Simulated projectors and rebuilds: the processes of production, whole, over the log and the documents in memory."""

from typing import Any, Final, cast

from prometheus_client import CollectorRegistry

from projections.metrics import ProjectorMetrics
from projections.process import ProjectorProcess
from projections.rebuild import Rebuild
from tests.simulation.chaos import Chaos
from tests.simulation.mongo_in_memory import DatabaseInMemory, MongoInMemory
from tests.simulation.processes import Process
from tests.simulation.topics import Topics

SPARED: Final = 0.7
_METRICS: Final = ProjectorMetrics(CollectorRegistry())


class SimulatedProjector(Process):
    """`python -m projections`."""

    def __init__(self, name: str, chaos: Chaos, topics: Topics, mongo: MongoInMemory) -> None:
        super().__init__(name, chaos, topics)
        database = cast(Any, DatabaseInMemory(mongo, self))
        self.run(ProjectorProcess("memory", database, _METRICS).run())


class SimulatedRebuild(Process):
    """`python -m projections rebuild`; it ends when it is done."""

    def __init__(self, name: str, chaos: Chaos, topics: Topics, mongo: MongoInMemory) -> None:
        super().__init__(name, chaos, topics)
        database = cast(Any, DatabaseInMemory(mongo, self, SPARED))
        self._rebuild = Rebuild("memory", database, lambda done, of: None)
        self.run(self._run())

    async def _run(self) -> None:
        await self._rebuild.run()
        self.kill("done")
