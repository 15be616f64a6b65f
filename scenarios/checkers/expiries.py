"""Rule 13: the end of a hold is asked for by log time, so nobody asks for it long before it is due."""

from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import RecordedLog


def check_expiries(log: RecordedLog, tolerance_ms: int) -> list[Finding]:
    """The clock never asked for the end of a hold more than `tolerance_ms` before its time.

    What it asks for too early is refused and harms nobody, but a clock that does so would fill the log. The broker's
    clock being set back by some seconds explains as many.
    """
    expires_at = {
        (event.show_id, event.data.hold_id): event.data.expires_at for event in log.valid if event.type == "seats-held"
    }
    findings = []
    for event in log.valid:
        if event.type == "expiry-refused" and event.data.reason == "not_due":
            early = (expires_at.get((event.show_id, event.data.hold_id)) or event.time) - event.time
            if early > tolerance_ms:
                what = f"the end of hold {event.data.hold_id} was asked for {early} ms before its time"
                findings.append(Finding("expiry", what, event.where))
    return findings
