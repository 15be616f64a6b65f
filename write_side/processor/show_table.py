"""The shows as a Faust table whose changelog is the event log itself, and whose store is the fold.

Faust says which partitions this worker has, when to recover and which to keep warm as a standby. The log is read by
ourselves: Faust's own recovery takes 16 times as long (docs/adr).
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, NoReturn

import faust
import structlog
from faust.stores.base import Store
from faust.tables import TableManager
from faust.tables.recovery import Recovery, ServiceStopped
from faust.types import TP, EventT
from yarl import URL

from write_side.domain.show import Show
from write_side.processor import metrics
from write_side.processor.decider import Decider
from write_side.processor.kafka_logs import KafkaLogs
from write_side.processor.process_end import end_process

log = structlog.get_logger()


class ShowStore(Store[str, Show]):  # type: ignore[misc] # Faust's classes are untyped here
    """What Faust's recovery sees of the decider's partitions. Only the fold writes it."""

    def __init__(self, app: faust.App, table: "ShowTable", decider: Decider) -> None:
        super().__init__(URL("fold://"), app, table, table_name=table.name)
        self._decider = decider

    def persisted_offset(self, tp: TP) -> int | None:
        """How far the fold is; this is what keeps standbys warm, and a renewed assignment free."""
        partition = self._decider.partitions.get(tp.partition)
        return None if partition is None or partition.cursor.offset < 0 else partition.cursor.offset

    def apply_changelog_batch(self, batch: Iterable[EventT], to_key: Any, to_value: Any) -> None:  # noqa: ANN401
        """Refused: the log is folded by us. Faust is not given a record of it (prompt_transport.py)."""
        end_process("Faust has read records of the log")

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Forget what this worker neither owns nor stands by for."""
        assignor = self.app.assignor
        kept = {tp.partition for tp in assignor.assigned_actives() | assignor.assigned_standbys()}
        for number in set(self._decider.partitions) - kept:
            self._decider.drop(number)

    def reset_state(self) -> None:
        """Nothing to reset: the state is the log's."""

    async def backup_partition(self, *args: object, **kwargs: object) -> None:
        """The log is the backup."""

    def restore_backup(self, *args: object, **kwargs: object) -> None:
        """The log is the backup."""

    def __getitem__(self, show_id: str) -> Show:
        for partition in self._decider.partitions.values():
            if show_id in partition.shows:
                return partition.shows[show_id]
        raise KeyError(show_id)

    def __setitem__(self, show_id: str, show: Show) -> NoReturn:
        raise TypeError("only the fold of the event log changes a show")

    def __delitem__(self, show_id: str) -> NoReturn:
        raise TypeError("only the fold of the event log changes a show")

    def __iter__(self) -> Iterator[str]:
        for partition in self._decider.partitions.values():
            yield from partition.shows

    def __len__(self) -> int:
        return sum(len(partition.shows) for partition in self._decider.partitions.values())

    def clear(self) -> NoReturn:
        """Refused."""
        raise TypeError("only the fold of the event log changes a show")


class ShowTable(faust.Table):  # type: ignore[misc] # Faust's classes are untyped here
    """Tells the decider what Faust's table life cycle means for it."""

    def __init__(
        self,
        app: faust.App,
        *,
        decider: Decider,
        logs: KafkaLogs,
        before_joining: Callable[[], Awaitable[None]],
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(app, **options)
        self._decider = decider
        self._logs = logs
        self._before_joining = before_joining
        self._generation = -1
        self.assigned: set[int] | None = None
        """The partitions that Faust wants decided here; None before the first assignment."""

    def _new_store(self) -> ShowStore:
        return ShowStore(self.app, self, self._decider)

    async def on_start(self) -> None:
        """Connect; unlike Faust's, declare no changelog topic: ours exists, and is not compacted."""
        await self.add_runtime_dependency(self.data)
        await self._logs.start()
        await self._before_joining()

    async def on_stop(self) -> None:
        """Finish and disconnect."""
        self._decider.stop_deciding()
        await self._logs.stop()

    def send_changelog(self, *args: object, **kwargs: object) -> NoReturn:
        """Refused: the log is written by the decider only, as whole batches."""
        raise TypeError("only the decider appends to the event log")

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Rule 1, before anything else happens."""
        self._decider.stop_deciding()
        self._generation = generation_id
        self.assigned = {tp.partition for tp in self.app.assignor.assigned_actives()}
        metrics.REBALANCES.inc()
        log.info("rebalance", generation=generation_id, active=sorted(self.assigned))
        await super().on_rebalance(assigned, revoked, newly_assigned, generation_id)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Rule 2. Faust awaits this before it resumes the commands, but swallows what it raises."""
        try:
            await self._decider.claim_all({tp.partition for tp in active_tps}, self._generation)
        except Exception as error:  # noqa: BLE001 - see above
            end_process("claiming failed", error)
        await super().on_recovery_completed(active_tps, standby_tps)

    async def catch_up(self, tps: Iterable[TP], offsets: Counter[TP]) -> None:
        """Fold the log to its end for these partitions, and tell Faust where that is: there is nothing left to read,
        not even of a partition that is halted on the way.

        A rebalance meanwhile changes `tps`, which is Faust's own set: then Faust recovers again.
        """
        wanted = sorted(tps)
        ends = await self._logs.ends([tp.partition for tp in wanted]) if wanted else {}
        for tp in wanted:
            await self._decider.fold_to(tp.partition, ends[tp.partition])
            offsets[tp] = ends[tp.partition] - 1

    async def ends(self, tps: Iterable[TP]) -> dict[TP, int]:
        """The offset of the log's last record for each of these partitions."""
        wanted = list(tps)
        ends = await self._logs.ends([tp.partition for tp in wanted]) if wanted else {}
        return {tp: ends[tp.partition] - 1 for tp in wanted}


class FoldRecovery(Recovery):  # type: ignore[misc] # Faust's classes are untyped here
    """Faust's recovery with the reading done by us, and without its ways of ending in silence."""

    @property
    def _table(self) -> ShowTable:
        table = next(iter(self.tables.values()))
        assert isinstance(table, ShowTable)
        return table

    async def _wait(self, coro: Any, timeout: float | None = None) -> None:  # noqa: ANN401
        """Without Faust's time limit, at which its recovery would end without a word: the watchdog looks after us."""
        try:
            await super()._wait(coro, timeout=None)
        except ServiceStopped:
            if not self.should_stop and not self.app.should_stop:
                end_process("recovery was given up")
            raise

    async def _build_highwaters(self, consumer: object, tps: set[TP], destination: Counter[TP], title: str) -> None:
        destination.clear()
        destination.update(await self._table.ends(tps))

    async def _build_offsets(self, consumer: object, tps: set[TP], destination: Counter[TP], title: str) -> None:
        try:
            await self._table.catch_up(tps, destination)
        except Exception as error:  # noqa: BLE001 - Faust would log it and go on with half a state
            end_process("recovery failed", error)


class FoldTableManager(TableManager):  # type: ignore[misc] # Faust's classes are untyped here
    """Faust's table manager with our recovery."""

    async def on_start(self) -> None:
        """Without Faust's sleep of a second, in which more tables might be made: there is one, and it is made."""
        await self._update_channels()
        await self.recovery.start()

    @property
    def recovery(self) -> Recovery:
        """The recovery service."""
        if self._recovery is None:
            self._recovery: Recovery = FoldRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
