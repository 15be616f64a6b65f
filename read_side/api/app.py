"""The query API put together from its parts; building connects nothing."""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry
from pymongo.asynchronous.database import AsyncDatabase

from contracts.operations.rate_limits import RateLimits
from contracts.operations.tokens import Role, TokenVerifier
from read_side.api.caller_limits import CallerLimits
from read_side.api.described import describe
from read_side.api.failures import tell_problems
from read_side.api.front import Front
from read_side.api.metrics import QueryMetrics
from read_side.api.outcome_view import OutcomeView
from read_side.api.routes.commands import commands_router
from read_side.api.routes.purchases import purchases_router
from read_side.api.routes.shows import shows_router
from read_side.api.seating import SeatsView
from read_side.queries.outcomes import Outcomes
from read_side.queries.purchases import Purchases
from read_side.queries.read_models import Document, ReadModels
from read_side.queries.seat_maps import SeatMaps
from read_side.queries.shows import Shows

VERSION: Final = "0.1.0"


class QueryApi:
    """`app` is the ASGI application; `read_models.watch()` must run beside it."""

    def __init__(
        self,
        database: AsyncDatabase[Document],
        token_secret: str,
        requests_per_second: Mapping[Role, float],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self.read_models = ReadModels(database)
        shows, seat_maps = Shows(self.read_models), SeatMaps(self.read_models)
        seats_view = SeatsView(seat_maps, shows)
        verifier = TokenVerifier(token_secret)
        documented = FastAPI(
            title="Seatlog query API",
            version=VERSION,
            description="What the log says, as documents. Every answer names the version that it shows.",
            redirect_slashes=False,
        )
        documented.include_router(shows_router(shows, seat_maps, seats_view))
        documented.include_router(purchases_router(Purchases(self.read_models), verifier))
        outcome_view = OutcomeView(Outcomes(self.read_models))
        documented.include_router(commands_router(outcome_view, verifier))
        tell_problems(documented)
        describe(documented)
        metrics = QueryMetrics(registry)
        front = Front(documented, seats_view, outcome_view, verifier, metrics, self.read_models.missing)
        self.app = CallerLimits(front, verifier, RateLimits(requests_per_second, metrics.rate_limited.inc))
