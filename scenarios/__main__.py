"""`python -m scenarios`: the demonstrations, and a token for trying things by hand."""

import typer

from scenarios.development_tokens import token

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.callback()
def scenarios() -> None:
    """Keeps `token` a command of its own while it is the only one."""


app.command()(token)

if __name__ == "__main__":
    app()
