"""What shows that a fault has bitten: what the nemesis did, and the traces that it left in the log and the answers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from scenarios.checkers.recorded import Claim
from scenarios.exchanges import Exchange, Kind
from scenarios.history import append_times
from scenarios.nemesis.ran import Ran


def evidence(ran: Ran) -> dict[str, int]:
    """All counts above zero by name."""
    log = ran.log
    types = Counter(event.type for event in log.valid)
    stamps = append_times(ran.history.events)
    found = Counter(ran.counts)
    found["void_records"] += len(log.events) - len(log.valid)
    found["claims"] += len(log.claims)
    found["repeats_in_the_log"] += types["command-repeated"]
    found["unreadable_commands"] += types["command-unreadable"] + types["command-failed"]
    found["decided_meanwhile"] += sum(
        ran.began <= stamps[event.partition, event.offset] <= ran.ended for event in log.valid
    )
    found["failed_reads"] += sum(not probe.answered for probe in ran.probes if probe.api == "query-api")
    found.update(_of_claims(log.claims))
    found.update(_of_answers(ran.exchanges))
    return {name: count for name, count in sorted(found.items()) if count}


def _of_claims(claims: Sequence[Claim]) -> Mapping[str, int]:
    """Rebalances that led to a claim, and claims of an earlier generation that came after those of a later one."""
    generations: dict[int, list[int]] = defaultdict(list)
    for claim in claims:
        generations[claim.partition].append(claim.generation)
    every = {generation for claimed in generations.values() for generation in claimed}
    late = sum(
        generation < max(claimed[:place], default=generation)
        for claimed in generations.values()
        for place, generation in enumerate(claimed)
    )
    return {"rebalances": max(0, len(every) - 1), "late_claims": late}


def _of_answers(exchanges: Sequence[Exchange]) -> Mapping[str, int]:
    kinds = Counter(each.kind for each in exchanges if each.buyer != "probe")
    return {
        "answers_202": kinds[Kind.QUEUED],
        "answers_503": kinds[Kind.UNAVAILABLE],
        "unanswered_requests": kinds[Kind.UNANSWERED],
        "sent_again_by_the_client": sum(each.sends > 1 for each in exchanges),
    }
