"""What the processes say about thousands of faults helps nobody; the story does."""

import logging

import structlog


def be_quiet() -> None:
    """From now on nothing is logged."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), processors=[_drop])


def _drop(*_: object) -> dict[str, object]:
    raise structlog.DropEvent
