"""The benchmarks run on the real stack; what they find in so short a time is no result."""

import subprocess
import sys

import msgspec


def test_a_quick_run_measures_the_decider_and_the_apis():
    names = ["command_to_event_p99", "http_hold_paced_p99", "seat_map"]
    only = [argument for name in names for argument in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "scenarios", "bench", "--quick", "--json", *only],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in map(msgspec.json.decode, done.stdout.splitlines())}
    assert rows.keys() >= set(names)
    assert all(row["quick"] and row["value"] > 0 for row in rows.values())
    assert rows["command_to_event_p99"]["ratio"] > 0
