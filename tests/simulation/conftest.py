"""Simulated processes keep their logs to themselves."""

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.quiet import be_quiet


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    be_quiet()
    yield
    structlog.reset_defaults()
