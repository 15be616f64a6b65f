"""How every process of ours is started: no arguments, everything from SEATLOG_ variables, `--help` lists them."""

import argparse
from collections.abc import Callable
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def settings_from_environment(process: str, does: str, settings: Callable[..., Settings]) -> Settings:
    """Read a pydantic-settings class; an argument or a wrong variable ends the process with a sentence.

    Nothing has been connected by then: asking a live machine for `--help` must not start a process there.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {process}",
        description=does,
        epilog="Settings, from the environment:\n" + "\n".join(_variables(settings)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    return settings_or_sentence(process, settings)


def settings_or_sentence(process: str, settings: Callable[..., Settings]) -> Settings:
    """Read a pydantic-settings class; a wrong variable ends the process with a sentence."""
    try:
        return settings()
    except ValueError as error:  # pydantic's ValidationError is one
        wrong: Callable[[], list[dict[str, Any]]] | None = getattr(error, "errors", None)
        if wrong is None:
            raise
        sentence = "; ".join(f"{_variable(str(each['loc'][0]))}: {each['msg']}" for each in wrong())
        raise SystemExit(f"{process}: {sentence}") from error


def _variables(settings: Callable[..., Settings]) -> list[str]:
    fields: dict[str, Any] = getattr(settings, "model_fields", {})
    return [
        f"  {_variable(name)}  {'(required)' if field.is_required() else f'default {field.default}'}"
        for name, field in fields.items()
    ]


def _variable(name: str) -> str:
    return f"SEATLOG_{name}".upper()
