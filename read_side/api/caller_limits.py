"""How often one caller may ask. Who does not say who asks is not counted: most questions come without a token."""

from collections.abc import Awaitable, Callable

from contracts import problems
from contracts.operations.health import Receive, Scope, Send
from contracts.operations.rate_limits import RateLimits, Standing, too_often
from contracts.operations.tokens import TokenRefused, TokenVerifier

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


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
            await _refuse(send, standing)
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


async def _refuse(send: Send, standing: Standing) -> None:
    body = too_often(standing)
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % standing.wait_seconds),
        *standing.headers(),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _telling(send: Send, standing: Standing) -> Send:
    """Sends, and says in the headers where the caller stands."""

    async def send_more(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *standing.headers()]}
        await send(message)

    return send_more
