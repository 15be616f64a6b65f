"""How long deciders left commands waiting, and how many of a show waited, as the two topics have it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scenarios.checkers.recorded import RecordedLog, read_envelope
from scenarios.distribution.acts import Act
from scenarios.distribution.demand import Demand
from scenarios.distribution.stages import Stamps
from scenarios.figures import Percentiles, percentiles
from scenarios.history import History

Decisions = Mapping[str, Sequence[tuple[float, float]]]
"""By decider: when each command that it decided was appended, and when its event was made; monotonic seconds."""


class Moments(NamedTuple):
    """What the two topics say of when commands were recorded and decided; monotonic seconds."""

    stamped: Stamps
    decided: Mapping[Demand, Sequence[float]]
    recorded: Mapping[str, Sequence[float]]
    decisions: Decisions


def decisions_by_decider(log: RecordedLog, stamped: Stamps, names: Mapping[str, str]) -> Decisions:
    """A decision is of the decider whose claim its event names. `names` by the owner in a claim."""
    owners = {(claim.partition, claim.offset): names.get(claim.owner, claim.owner) for claim in log.claims}
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for event in log.valid:
        found[owners[event.partition, event.claim]].append(stamped[event.partition, event.offset])
    return found


def waited(decisions: Sequence[tuple[float, float]], acts: Sequence[Act]) -> Percentiles:
    """From append to event, of what was decided in these acts."""
    return percentiles(made - appended for appended, made in decisions if within(made, acts))


def recorded_at(history: History, epoch: float) -> Mapping[str, Sequence[float]]:
    """When each command was appended, in monotonic seconds, by show. `epoch` as in Taken."""
    found: dict[str, list[float]] = defaultdict(list)
    for record in history.commands:
        envelope = read_envelope(record.stored())
        if envelope is not None:
            found[envelope.show_id] += [record.timestamp / 1000 - epoch] * len(envelope.commands)
    return found


def most_undecided(recorded: Sequence[float], decided: Sequence[float], acts: Sequence[Act]) -> int:
    """The most commands that were recorded and not decided, at any moment of these acts."""
    came, went = sorted(recorded), sorted(decided)
    moments = [act.began for act in acts] + [at for at in came if within(at, acts)]
    return max(0, *(bisect_right(came, at) - bisect_right(went, at) for at in moments))


def within(at: float, acts: Sequence[Act]) -> bool:
    """Whether it was in one of these acts."""
    return any(act.began <= at < act.ended for act in acts)
