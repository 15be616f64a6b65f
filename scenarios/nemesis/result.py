"""The line that a fault's runs come to."""

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Final

from msgspec import Struct

from scenarios.checkers.recorded import command_places
from scenarios.nemesis.evidence import evidence
from scenarios.nemesis.fault import Fault
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.timeline import progress

FINDINGS_KEPT: Final = 20
FINDING_CHARACTERS: Final = 400
NEMESIS: Final = "nemesis"
"""What is `violated` when a fault could not be injected, so that its run says nothing."""
NO_EVIDENCE: Final = "evidence"
"""What is `violated` when everything holds, but the fault has left no trace."""
_MIB: Final = 1024**2


class FaultResult(Struct, frozen=True, kw_only=True):
    """One line of `--json`. Of several runs: the sum for `commands`, the least that each of them showed for `evidence`,
    the worst for everything else.

    `violated` names invariants (I1 ... I12, or a checker's word); `findings` are sentences, the first FINDINGS_KEPT.
    `fault_seconds` is from the first to the last harm. Other seconds are None when it did not go on. `report` is the
    first run's HTML report.
    """

    fault: str
    row: int
    runs: int
    violated: tuple[str, ...]
    evidence: dict[str, int]
    recover_seconds: float | None
    commands: int
    fault_seconds: float = 0.0
    decides_again_seconds: float | None = None
    reads_again_seconds: float | None = None
    longest_pause_seconds: float | None = None
    most_lag_commands: int = 0
    most_memory_mib: dict[str, int] = {}
    findings: tuple[str, ...] = ()
    report: str | None = None

    @property
    def passed(self) -> bool:
        """Whether everything held, and the fault was seen to bite in every run."""
        return not self.violated


def result_of(fault: Fault, ran: Ran) -> FaultResult:
    """The line of one run."""
    findings = fault.judge(ran)
    seen = evidence(ran)
    missing = [name for name in fault.evidence if seen.get(name, 0) < fault.at_least.get(name, 1)]
    violated = {finding.invariant for finding in findings} | ({NO_EVIDENCE} if missing else set())
    sentences = [_too_few(name, seen.get(name, 0), fault.at_least.get(name, 1)) for name in missing]
    went_on = progress(ran)
    return FaultResult(
        fault=fault.name,
        row=fault.row,
        runs=1,
        violated=tuple(sorted(violated)),
        evidence=seen,
        recover_seconds=rounded(went_on.recover),
        commands=commands_of(ran),
        fault_seconds=round(ran.ended - ran.began, 1),
        decides_again_seconds=rounded(went_on.decides_again),
        reads_again_seconds=rounded(went_on.reads_again),
        longest_pause_seconds=rounded(went_on.pause),
        most_lag_commands=went_on.lag,
        most_memory_mib={name: size // _MIB for name, size in ran.memory.items()},
        findings=tuple([*sentences, *(_shortened(str(each)) for each in findings)][:FINDINGS_KEPT]),
    )


def not_injected(fault: Fault, why: str) -> FaultResult:
    """The line of a run that says nothing."""
    return FaultResult(
        fault=fault.name,
        row=fault.row,
        runs=1,
        violated=(NEMESIS,),
        evidence={},
        recover_seconds=None,
        commands=0,
        findings=(f"{NEMESIS}: {why}",),
    )


def together(results: Sequence[FaultResult]) -> FaultResult:
    """Several runs of one fault as one line."""
    first = results[0]
    memory: dict[str, int] = {}
    for each in results:
        for name, size in each.most_memory_mib.items():
            memory[name] = max(size, memory.get(name, 0))
    return FaultResult(
        fault=first.fault,
        row=first.row,
        runs=len(results),
        violated=tuple(sorted({name for each in results for name in each.violated})),
        evidence=dict(reduce(and_, (Counter(each.evidence) for each in results))),
        recover_seconds=_worst([each.recover_seconds for each in results]),
        commands=sum(each.commands for each in results),
        fault_seconds=max(each.fault_seconds for each in results),
        decides_again_seconds=_worst([each.decides_again_seconds for each in results]),
        reads_again_seconds=_worst([each.reads_again_seconds for each in results]),
        longest_pause_seconds=_worst([each.longest_pause_seconds for each in results]),
        most_lag_commands=max(each.most_lag_commands for each in results),
        most_memory_mib=memory,
        findings=tuple([sentence for each in results for sentence in each.findings][:FINDINGS_KEPT]),
        report=first.report,
    )


def commands_of(ran: Ran) -> int:
    """How many commands were recorded."""
    return sum(1 for _ in command_places(ran.history.commands))


def seconds_for_people(seconds: float | None, places: int = 2) -> str:
    """With so many decimal places; None is what never was."""
    return "never" if seconds is None else f"{seconds:.{places}f} s"


def rounded(seconds: float | None) -> float | None:
    """To milliseconds, for JSON."""
    return None if seconds is None else round(seconds, 3)


def _shortened(sentence: str) -> str:
    """Beginning and end, where a traceback says what was raised."""
    half = FINDING_CHARACTERS // 2
    return sentence if len(sentence) <= FINDING_CHARACTERS else f"{sentence[:half]} … {sentence[-half:]}"


def _too_few(name: str, seen: int, wanted: int) -> str:
    return f"{NO_EVIDENCE}: {name.replace('_', ' ')}: {seen} were seen, {wanted} are needed"


def _worst(seconds: Sequence[float | None]) -> float | None:
    known = [each for each in seconds if each is not None]
    return max(known) if len(known) == len(seconds) else None
