"""`python -m scenarios token`: a token that the APIs accept, or a sentence that says what is missing."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from contracts.operations.tokens import Role, TokenVerifier
from scenarios.development_tokens import token

SECRET = "s" * 32


def run(*arguments: str, secret: str | None = SECRET, folder: Path = Path("/nowhere")) -> Result:
    app = typer.Typer(add_completion=False)
    app.command()(token)
    environment = {"SEATLOG_TOKEN_SECRET": secret, "COLUMNS": "200"}
    return CliRunner().invoke(app, [*arguments, "--folder", str(folder)], env=environment)


@pytest.mark.parametrize("role", Role)
def test_the_token_carries_id_and_role(role: Role):
    printed = run("--role", role.value, "--id", "ann").stdout.strip()
    caller = TokenVerifier(SECRET).verify(f"Bearer {printed}")
    assert (caller.id, caller.role) == ("ann", role)


def test_everybody_is_somebody_else_by_default():
    callers = {TokenVerifier(SECRET).verify(f"Bearer {run().stdout.strip()}").id for _ in range(3)}
    assert len(callers) == 3


@pytest.mark.parametrize(
    ("secret", "sentence"), [("short", "must have at least 32 bytes"), (None, "no stack runs on /nowhere")]
)
def test_what_is_missing_is_said(secret: str | None, sentence: str):
    result = run(secret=secret)
    assert result.exit_code == 2
    assert sentence in result.output
