"""A process told a wrong time of day: its waits are as long as ever."""

import dataclasses
import importlib.util
import os
import subprocess
import sys
import time

import pytest

from scenarios.stack import wrong_clock
from scenarios.stack.failure import StackFailure
from scenarios.stack.services import Service
from scenarios.stack.wrong_clock import with_clock_off

TELLS = """
import time
began = time.monotonic()
time.sleep(0.05)
print(time.time(), time.monotonic() - began)
"""
PLAIN = Service(
    name="clock",
    command=(sys.executable, "-c", TELLS),
    ports=(),
    missing=lambda: None,
    environment=dict(os.environ),
)


def told(service: Service) -> tuple[float, float]:
    answer = subprocess.run(
        service.command, env=dict(service.environment), capture_output=True, text=True, check=True, timeout=20
    )
    wall, waited = answer.stdout.split()
    return float(wall) - time.time(), float(waited)


@pytest.mark.skipif(importlib.util.find_spec("libfaketime") is None, reason="`make setup` installs libfaketime")
@pytest.mark.parametrize("off", [7200, -7200])
def test_only_the_wall_clock_is_off(off: int) -> None:
    ahead, waited = told(with_clock_off(PLAIN, off))
    assert ahead == pytest.approx(off, abs=10)
    assert 0.05 <= waited < 5
    assert told(PLAIN)[0] == pytest.approx(0, abs=10)


def test_without_the_library_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrong_clock, "find_spec", lambda _name: None)
    with pytest.raises(StackFailure, match="make setup"):
        with_clock_off(dataclasses.replace(PLAIN), 7200)
