"""`python -m scenarios`: the demonstrations, the local stack, and a token for trying things by hand.

Each command's module is imported when it is called, so that `--help` need not wait for plots and servers.
"""

import sys
from importlib import import_module
from typing import Final, NamedTuple

import typer


class Command(NamedTuple):
    """Where a command lives: `attribute` of `module` is a function, or a typer app with commands of its own."""

    module: str
    attribute: str
    tells: str


COMMANDS: Final = {
    "flash-sale": Command("scenarios.flash_sale", "flash_sale", "Ten thousand people, a hundred seats."),
    "resilience": Command("scenarios.resilience", "resilience", "Faults on real processes, and what held."),
    "reliability": Command("scenarios.resilience", "reliability", "The faults' results as a document."),
    "judge": Command("scenarios.judge", "judge", "What the checkers find in a history folder."),
    "load-distribution": Command(
        "scenarios.load_distribution", "load_distribution", "Three shows, one to three deciders and back."
    ),
    "bench": Command("scenarios.benchmarks.console", "bench", "Every figure beside its baseline and its bar."),
    "soak": Command("scenarios.benchmarks.console", "soak", "Memory over ten minutes at half the peak."),
    "token": Command("scenarios.development_tokens", "token", "Print a signed bearer token."),
    "stack": Command("scenarios.stack.console", "app", "Start and stop real servers and the services here."),
}


def build(arguments: list[str]) -> typer.Typer:
    """The app for a command line: the command that it names is loaded, of the others only what `--help` says."""
    app = typer.Typer(add_completion=False, no_args_is_help=True)
    app.callback()(_together)
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, command in COMMANDS.items():
        if name != named:
            app.command(name, help=command.tells)(_unloaded)
            continue
        found = getattr(import_module(command.module), command.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def _together() -> None:
    """The demonstrations of Seatlog, its local stack, and a token for trying things by hand."""


def _unloaded() -> None:
    """Only listed; the command that is called is always the loaded one."""


if __name__ == "__main__":
    build(sys.argv[1:])()
