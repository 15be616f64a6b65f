"""How often one caller may ask. Who does not say who asks is not counted: most questions come without a token."""

from fastapi import Response

from contracts.operations.health import Receive, Scope, Send
from contracts.operations.rate_limits import RateLimits, Standing, too_often
from contracts.operations.tokens import TokenRefused, TokenVerifier
from read_side.api.failures import Problem, answer
from read_side.api.front import Application


class CallerLimits:
    """Stands in front of `others`, which refuse a token that is none."""

    def __init__(self, others: Application, verifier: TokenVerifier, limits: RateLimits) -> None:
        self._others = others
        self._verifier = verifier
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say 429."""
        standing = self._standing(scope) if scope["type"] == "http" else None
        if standing is None:
            await self._others(scope, receive, send)
        elif standing.wait_seconds:
            await _refusal(standing)(scope, receive, send)
        else:
            await self._others(scope, receive, _telling(send, standing))

    def _standing(self, scope: Scope) -> Standing | None:
        token = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        if token is None:
            return None
        try:
            return self._limits.take(self._verifier.verify(token.decode("latin-1")))
        except TokenRefused:
            return None


def _refusal(standing: Standing) -> Response:
    told = {name.decode(): value.decode() for name, value in standing.headers()}
    return answer(Problem(429, too_often(standing), {"retry-after": str(standing.wait_seconds), **told}))


def _telling(send: Send, standing: Standing) -> Send:
    """Sends, and says in the headers where the caller stands."""

    async def send_more(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *standing.headers()]}
        await send(message)

    return send_more
