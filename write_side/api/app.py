"""The command API put together from its parts; building connects nothing."""

from functools import partial
from typing import Final

import structlog
from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from prometheus_client import REGISTRY, CollectorRegistry

from contracts.operations.rate_limits import RateLimits
from contracts.operations.tokens import TokenVerifier
from write_side.api.circuit import Circuit, State
from write_side.api.deciding import Deciding
from write_side.api.desk import Desk
from write_side.api.first_answers import FirstAnswers
from write_side.api.hot_paths import CommandApi
from write_side.api.log_writer import LogWriter
from write_side.api.metrics import Metrics
from write_side.api.outbox import Outbox
from write_side.api.routes.described import describe
from write_side.api.routes.holds import holds_router
from write_side.api.routes.responses import tell_errors
from write_side.api.routes.shows import shows_router
from write_side.api.settings import CommandApiSettings
from write_side.api.tail import Tail
from write_side.api.waiting import Waiting

VERSION: Final = "0.1.0"
_DEGRADED: Final = {
    State.OPEN: "partition {} is not being decided: its commands are recorded and told 202",
    State.HALF_OPEN: "partition {} is being decided again, from behind: its commands are recorded and told 202",
}

log: Final = structlog.get_logger()


class Parts:
    """Everything that one process consists of, wired together for this many partitions."""

    def __init__(self, settings: CommandApiSettings, partitions: int, registry: CollectorRegistry = REGISTRY) -> None:
        self.partitions = partitions
        self.metrics = Metrics(registry)
        self.deciding = [self._deciding(settings, number) for number in range(partitions)]
        self.waiting = Waiting(self.deciding)
        kafka = settings.kafka_access()
        self.writer = LogWriter(kafka, partitions)
        self.outbox = Outbox(
            self.writer,
            self.waiting,
            self.metrics,
            partitions=partitions,
            group_seconds=settings.group_milliseconds / 1000,
            under_way_most=settings.commands_under_way,
        )
        self.tail = Tail(kafka, partitions, self.waiting.seen)
        self.first_answers = FirstAnswers(kafka, self.waiting.recent)
        self.desk = Desk(self.outbox, self.waiting, self.first_answers, self.metrics, self.deciding)
        self._observe()
        verifier = TokenVerifier(settings.token_secret.get_secret_value())
        limits = RateLimits(settings.requests_per_second(), self.metrics.load.rate_limited.inc)
        documented = documented_app(self.desk, verifier, limits)
        self.app = CommandApi(documented, self.desk, verifier, limits, self.missing, self.degraded)

    def missing(self) -> list[str]:
        """What is lacking for readiness, a sentence each."""
        return [*self.outbox.missing(), *self.tail.missing()]

    def degraded(self) -> list[str]:
        """What callers of some partitions miss, a sentence each."""
        sentences = self.tail.degraded()
        for number, deciding in enumerate(self.deciding):
            if deciding.circuit.state in _DEGRADED and not self.tail.is_halted(number):
                sentences.append(_DEGRADED[deciding.circuit.state].format(number))
            if deciding.refused is not None:
                sentences.append(f"partition {number} takes no commands: {deciding.refused.why}")
        return sentences

    def _deciding(self, settings: CommandApiSettings, number: int) -> Deciding:
        within = settings.answer_within_seconds
        circuit = Circuit(settings.silence_seconds, within, changed=partial(self._circuit_changed, number))
        return Deciding(circuit, within_seconds=within, queued_most=settings.queued_commands)

    def _circuit_changed(self, number: int, state: State) -> None:
        name = state.name.lower().replace("_", "-")
        self.metrics.load.circuit_transitions.labels(number, name).inc()
        log.warning("the circuit of a partition changed", partition=number, state=name)

    def _observe(self) -> None:
        """Gauges that look when they are asked."""
        self.metrics.waiters.set_function(lambda: self.waiting.under_way)
        self.metrics.queued.set_function(self.outbox.queued)
        for number in range(self.partitions):
            self.metrics.tail_lag.labels(number).set_function(partial(self.tail.behind, number))
            self.metrics.halted.labels(number).set_function(partial(self.tail.is_halted, number))
            self.metrics.voids.labels(number).set_function(partial(self.tail.voids, number))
            self._observe_deciding(number, self.deciding[number])

    def _observe_deciding(self, number: int, deciding: Deciding) -> None:
        self.metrics.load.backlog.labels(number).set_function(lambda: deciding.ahead)
        self.metrics.load.decision_rate.labels(number).set_function(lambda: deciding.backlog.rate)
        self.metrics.load.refusing.labels(number).set_function(lambda: deciding.refused is not None)
        self.metrics.load.circuit.labels(number).set_function(lambda: deciding.circuit.state)


def documented_app(desk: Desk, verifier: TokenVerifier, limits: RateLimits) -> FastAPI:
    """The FastAPI application: every route, and one OpenAPI document for these and the hot paths."""
    app = FastAPI(
        title="Seatlog command API",
        version=VERSION,
        description="Requests to change a show. Each is recorded, then decided once; the answer is what the log says.",
        redirect_slashes=False,
    )
    bearer = [Security(HTTPBearer(auto_error=False, description="python -m scenarios token --role buyer"))]
    app.include_router(shows_router(desk, verifier, limits), dependencies=bearer)
    app.include_router(holds_router(desk, verifier, limits), dependencies=bearer)
    tell_errors(app)
    describe(app)
    return app
