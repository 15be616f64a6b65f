"""Who asks, as a dependency of routes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from contracts import problems
from contracts.operations.tokens import Caller, Role, TokenVerifier
from read_side.api.failures import Problem

BEARER = HTTPBearer(auto_error=False, description="python -m scenarios token --role buyer")
"""For the OpenAPI document only: the token is read and refused below."""


def anybody(verifier: TokenVerifier) -> Callable[[Request], Caller]:
    """A dependency: the caller, in whichever role. Raises TokenRefused."""

    def caller(request: Request) -> Caller:
        return verifier.verify(request.headers.get("authorization"))

    return caller


def buyer(verifier: TokenVerifier) -> Callable[[Caller], Caller]:
    """A dependency: the caller, who must be a buyer. Raises TokenRefused and Problem (403)."""

    def caller(somebody: Annotated[Caller, Depends(anybody(verifier))]) -> Caller:
        if somebody.role is not Role.BUYER:
            detail = f"This needs the role {Role.BUYER.value}, and you are {somebody.role.value}."
            body = problems.problem(403, problems.FORBIDDEN, "Your role may not do this.", detail, reason="wrong_role")
            raise Problem(403, body)
        return somebody

    return caller


SIGNED = [Security(BEARER)]
