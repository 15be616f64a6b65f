"""How often one caller may ask: a token bucket for each, by the caller's id.

A bucket is one number, the moment at which it will be full again. It holds what its rate gives in WINDOW_SECONDS, or
one request where that is less; so many at once are fine as long as few follow.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10 (27 September 2025).
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from contracts import problems
from contracts.operations.tokens import Caller, Role

WINDOW_SECONDS: Final = 10
CALLERS_MOST: Final = 50_000
"""Callers of one role that are remembered. Who was not seen for longest is forgotten first, and begins anew."""
TOLD_ABOVE: Final = 0.5
"""Who has used less than this share of his quota is not told of it."""
_SECOND: Final = 1_000_000_000


class Standing(NamedTuple):
    """Where a caller stands who has used much of his quota, or all of it: then `wait_seconds` is above 0."""

    role: Role
    quota: int
    window_seconds: int
    remaining: int
    full_seconds: int
    wait_seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit-Policy`: so many requests in so many seconds. `RateLimit`: how many are left, and in how many
        seconds all are again."""
        name = self.role.value
        return [
            (b"ratelimit-policy", f'"{name}";q={self.quota};w={self.window_seconds}'.encode()),
            (b"ratelimit", f'"{name}";r={self.remaining};t={self.full_seconds}'.encode()),
        ]


def too_often(standing: Standing) -> bytes:
    """The body of the 429 for who has used all of it."""
    detail = f"You may send {standing.quota} requests in {standing.window_seconds} seconds."
    return problems.problem(429, problems.RATE_LIMITED, "You are asking too often.", detail)


class _Limit:
    """Of all callers of one role; times in nanoseconds, so that nothing is lost by rounding."""

    __slots__ = ("each", "full_at", "quota", "role", "window")

    def __init__(self, role: Role, a_second: float) -> None:
        self.role = role
        self.each = round(_SECOND / a_second)
        self.window = max(WINDOW_SECONDS * _SECOND, self.each)
        self.quota = self.window // self.each
        self.full_at: OrderedDict[str, int] = OrderedDict()

    def standing(self, used: int, wait: int) -> Standing:
        return Standing(
            self.role,
            quota=self.quota,
            window_seconds=_seconds(self.window),
            remaining=0 if wait else (self.window - used) // self.each,
            full_seconds=_seconds(used),
            wait_seconds=_seconds(wait),
        )


class RateLimits:
    """`a_second` requests for each caller of a role; a role that is not named, or has 0, is not limited.

    `refused` is called for each request that is one too many; `clock` gives monotonic nanoseconds.
    """

    def __init__(
        self,
        a_second: Mapping[Role, float],
        refused: Callable[[], None],
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._limits = {role: _Limit(role, rate) for role, rate in a_second.items() if rate}
        self._refused = refused
        self._clock = clock

    def take(self, caller: Caller) -> Standing | None:
        """Count one request. None for who has at least half of his quota left, which is nearly everybody."""
        limit = self._limits.get(caller.role)
        if limit is None:
            return None
        now, full_at = self._clock(), limit.full_at
        before = max(0, full_at.get(caller.id, 0) - now)
        used = before + limit.each
        if used > limit.window:
            self._refused()
            return limit.standing(before, used - limit.window)
        full_at[caller.id] = now + used
        full_at.move_to_end(caller.id)
        if len(full_at) > CALLERS_MOST:
            full_at.popitem(last=False)
        return limit.standing(used, 0) if used > limit.window * TOLD_ABOVE else None


def _seconds(nanoseconds: int) -> int:
    """Whole seconds, rounded up."""
    return -(-nanoseconds // _SECOND)
