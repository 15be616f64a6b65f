"""Baselines and load generators run in processes of their own, with the environment of a stack."""

import subprocess
import sys
from typing import Final

from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.stack.stack import Stack

WITHIN_SECONDS: Final = 300.0


def run_module(stack: Stack, module: str, *arguments: str, stdin: bytes = b"", within: float = WITHIN_SECONDS) -> bytes:
    """Run `python -m module`; what it printed. Raises BenchmarkFailure."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            input=stdin,
            env=stack.environment(),
            capture_output=True,
            check=False,
            timeout=within,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkFailure(f"{module} did not end in {within:.0f} s: {(error.stderr or b'')[-500:]!r}") from error
    if done.returncode != 0:
        raise BenchmarkFailure(f"{module} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-1000:]}")
    return done.stdout
