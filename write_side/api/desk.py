"""The desk: takes a command, sees to it that it is recorded and judged, and gives back the answer."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from contracts.codec import post
from contracts.commands import Command
from contracts.topics import partition_of
from write_side.api.answers import Answer, decided, pending, unavailable
from write_side.api.deciding import Deciding, NotTaken
from write_side.api.first_answers import FirstAnswers
from write_side.api.incoming import Incoming
from write_side.api.metrics import Metrics
from write_side.api.outbox import Outbox
from write_side.api.waiting import Asked, Outcome, Undecided, Waiting

_REPEATED: Final = "command-repeated"


class Desk:
    """One per process; everything that a request needs after its form was checked."""

    def __init__(
        self,
        outbox: Outbox,
        waiting: Waiting,
        first_answers: FirstAnswers,
        metrics: Metrics,
        partitions: Sequence[Deciding],
    ) -> None:
        self._outbox = outbox
        self._waiting = waiting
        self._first_answers = first_answers
        self._metrics = metrics
        self._partitions = partitions

    def turns_somebody_away(self) -> bool:
        """Whether commands to any show are refused now."""
        for deciding in self._partitions:  # noqa: SIM110 - asked at every request, and any() takes three times as long
            if deciding.refused is not None:
                return True
        return False

    def turned_away(self, show_id: str) -> Answer | None:
        """The refusal of any command to this show, if it would be refused now whatever it says: not one of its bytes
        need be read for that."""
        refused = self._partitions[partition_of(show_id, len(self._partitions))].refused
        if refused is None:
            return None
        self._metrics.load.turned_away.inc()
        return unavailable(refused.why, refused.retry_seconds)

    async def ask(self, show_id: str, command: Command, request: Incoming) -> Answer:
        """Record a command and wait for its answer as long as the caller prefers."""
        began = time.monotonic()
        posted = post(command, request.command_id(show_id), request.traceparent)
        partition = partition_of(show_id, len(self._partitions))
        deciding = self._partitions[partition]
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        asked = Asked(show_id, partition, posted, future, deciding.backlog.mark)
        refused = deciding.refused or self._outbox.offer(asked)
        if refused is None:
            deciding.taken()
            outcome = await self._waiting.outcome_of(asked, request.preference.wait_seconds)
        else:
            outcome = refused
        answer = await self._answer(posted.id, outcome)
        if request.preference.applied:
            answer.headers.append((b"preference-applied", request.preference.applied))
        if request.standing is not None:
            answer.headers.extend(request.standing.headers())
        self._metrics.latency[answer.kind].observe(time.monotonic() - began)
        return answer

    async def _answer(self, command_id: str, outcome: Outcome) -> Answer:
        if isinstance(outcome, NotTaken):
            return unavailable(outcome.why, outcome.retry_seconds)
        if isinstance(outcome, Undecided):
            return pending(command_id, outcome.place)
        if outcome.record.type != _REPEATED:
            return decided(outcome)
        self._metrics.repeats.inc()
        first = await self._first_answers.answered_by(outcome)
        if first is None:
            offset, index, _ = outcome.record.source
            return pending(command_id, (outcome.partition, offset, index))
        return decided(first)
