"""A bearer token for development: `python -m scenarios token --role organiser`. No product process issues any yet."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from contracts.operations.tokens import SECRET_BYTES_LEAST, Role, issue_token
from scenarios.stack.state import read_state

DAY_SECONDS = 24 * 3600


def token(
    role: Annotated[Role, typer.Option(help="What the caller may be.")] = Role.BUYER,
    caller: Annotated[str, typer.Option("--id", help="Who calls.", show_default="a fresh id")] = "",
    valid_seconds: Annotated[int, typer.Option(min=1, max=30 * DAY_SECONDS, help="Until it expires.")] = DAY_SECONDS,
    folder: Annotated[Path, typer.Option(help="The stack whose secret to sign with.")] = Path(".seatlog"),
    secret: Annotated[
        str, typer.Option(envvar="SEATLOG_TOKEN_SECRET", help="Sign with this instead.", show_default=False)
    ] = "",
) -> None:
    """Print a signed bearer token for the running stack."""
    chosen = secret or _secret_of_stack(folder)
    if len(chosen.encode()) < SECRET_BYTES_LEAST:
        raise typer.BadParameter(f"SEATLOG_TOKEN_SECRET must have at least {SECRET_BYTES_LEAST} bytes")
    typer.echo(issue_token(chosen, caller or f"{role.value}-{secrets.token_hex(4)}", role, valid_seconds))


def _secret_of_stack(folder: Path) -> str:
    state = read_state(folder.absolute())
    if state is None:
        raise typer.BadParameter(f"no stack runs on {folder}: run `make up`, or set SEATLOG_TOKEN_SECRET")
    return state.token_secret
