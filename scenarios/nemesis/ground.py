"""Faults of the ground that everything stands on: a broker of three, clocks, the disk, what is stored."""

from functools import partial
from typing import Final

from scenarios.nemesis import changed_bits, clocks, cluster, disks, lost_commands
from scenarios.nemesis.fault import Fault, Wishes

_HALT_SECONDS: Final = 15.0
"""How long buyers ask for the truth where there will be none."""
_halts: Final = partial(
    Fault, row=17, seconds=5.0, judge=lost_commands.judge_halted, settles=False, patience_seconds=_HALT_SECONDS
)

GROUND: Final = (
    Fault(
        name="lose-a-broker",
        row=10,
        what="kill -9 each of three brokers in turn, and leave it away for 12 s",
        inject=cluster.lose_each_in_turn,
        evidence=("brokers_lost", "decided_meanwhile"),
        wishes=Wishes(brokers=cluster.BROKERS),
        judge=cluster.judge_cluster,
    ),
    Fault(
        name="api-clock-ahead",
        row=15,
        what="the command APIs' clocks are two hours ahead",
        inject=clocks.api_clocks_ahead,
        evidence=("seconds_off", "decided_meanwhile"),
        seconds=15.0,
        judge=clocks.judge_by_decider,
    ),
    Fault(
        name="decider-clock-ahead",
        row=15,
        what="the decider's clock is two hours ahead",
        inject=clocks.decider_clock_ahead,
        evidence=("decider_ended",),
        seconds=5.0,
        judge=clocks.judge_by_broker,
    ),
    Fault(
        name="decider-clock-behind",
        row=15,
        what="the decider's clock is two hours behind",
        inject=clocks.decider_clock_behind,
        evidence=("seconds_off", "partitions_halted"),
        seconds=5.0,
        judge=clocks.judge_by_broker,
    ),
    Fault(
        name="broker-clock-ahead",
        row=15,
        what="the broker's clock is two hours ahead",
        inject=clocks.broker_clock_ahead,
        evidence=("partitions_halted",),
        seconds=15.0,
        judge=clocks.judge_halted,
        settles=False,
        patience_seconds=_HALT_SECONDS,
    ),
    Fault(
        name="disk-full",
        row=16,
        what="not a byte is free on the broker's disk",
        inject=disks.fill_the_disk,
        evidence=("bytes_taken", "no_space_said", "broker_ended", "answers_503"),
        seconds=5.0,
    ),
    _halts(
        name="commands-cut",
        what="commands are deleted before they are decided",
        inject=lost_commands.cut,
        evidence=("topics_cut", "partitions_halted"),
    ),
    _halts(
        name="commands-made-anew",
        what="the commands topic is deleted and created again",
        inject=lost_commands.make_anew,
        evidence=("topics_made_anew", "partitions_halted"),
    ),
    _halts(
        name="commands-made-anew-longer",
        what="the commands topic is deleted and created again without a decider, and grows longer than it was",
        inject=lost_commands.make_anew_and_longer,
        evidence=("topics_made_anew", "partitions_halted"),
    ),
    Fault(
        name="flipped-bits",
        row=18,
        what="one bit is flipped in the log and in a document",
        inject=changed_bits.flip_bits,
        evidence=("named_under_a_checksum", "named_without_a_checksum", "newest_named", "documents_named"),
    ),
)
"""Rows 10 and 15 to 18."""
