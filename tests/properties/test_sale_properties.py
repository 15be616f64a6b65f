"""What holds for every sale, whatever arrives: the log is sound, and state is nothing but its fold."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.event_log import LogFault
from tests.commands import command_record, schedule_show
from tests.domain_language import hours
from tests.log_of_commands import claimed, decided, folded, log_of
from tests.sale_checks import (
    check_batches,
    check_fold,
    check_forgetting,
    check_log,
    check_replay,
    check_seats,
    check_undo,
)
from tests.sale_traffic import traffic
from tests.search_depth import searched


@searched(300)
@given(traffic(), st.integers(0, 20))
def test_undo_takes_back_everything(arrived, confirmed):
    check_undo(arrived, confirmed)


@pytest.mark.parametrize("check", [check_fold, check_batches, check_replay, check_seats, check_log, check_forgetting])
def test_every_sale(check):
    @searched(300)
    @given(traffic())
    def holds(arrived):
        check(arrived)

    holds()


@searched(300)
@given(traffic(), st.integers(0, 40), st.data())
@example([(0, command_record("hamlet", ("s", schedule_show())))], 1, None)
def test_a_changed_record_is_folded_or_is_a_log_fault(arrived, at, data):
    log = log_of(decided(claimed(), arrived))
    at %= len(log)
    value = bytearray(log[at])
    if data is not None:
        position = data.draw(st.integers(0, len(value) - 1))
        value[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    partition = folded(log[:at])
    with suppress(LogFault):
        partition.fold(at, bytes(value))


@searched(300)
@given(st.lists(st.tuples(st.integers(0, hours(100)), st.binary(max_size=50)), max_size=5), traffic())
def test_no_bytes_stop_the_stream(junk, arrived):
    partition = claimed()
    decided(partition, junk + arrived)
    assert partition.next_command == (len(junk) + len(arrived), 0)


SALE = """
from tests.properties.test_sale_properties import LONG_SALE
from tests.log_of_commands import claimed, decided
print(decided(claimed(), LONG_SALE)[-1].value)
"""
LONG_SALE = [
    (0, command_record("hamlet", ("s", schedule_show(20, currency="?", prices={"c" * n: -1 for n in range(9)})))),
    (0, command_record("hamlet", ("t", schedule_show(20)))),
]


def test_other_hash_seeds_give_the_same_bytes():
    values = {
        subprocess.run(
            [sys.executable, "-c", SALE],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(values) == 1
