"""The history that honest clients of a LogWriter's log would have recorded: each command sent, answered, in turn."""

import msgspec

from contracts.codec import DecodeError, decode_command, decode_commands, decode_event, decode_log
from contracts.commands import BookHold, Command, HoldBestAvailable, HoldSeats, ReleaseHold, ScheduleShow
from contracts.events import CommandRepeated
from contracts.records import EventRecord
from read_side.replay.log_reader import Stored
from scenarios.history import NULL, History, Request, StoredRecord, json_or_null, stored_record
from tests.log_writer import LogWriter
from write_side.api.answers import Seen, decided

STEP_SECONDS = 0.01


def told_history(*logs: LogWriter) -> History:
    """Both topics of these partitions, and what the command API would have answered to each command in them."""
    requests = [request for log in logs for request in _requests(log)]
    return History(
        requests=tuple(requests),
        commands=tuple(record for log in logs for record in stored_records(log.number, log.commands)),
        events=tuple(record for log in logs for record in stored_records(log.number, log.events)),
    )


def stored_records(partition: int, records: list[Stored]) -> tuple[StoredRecord, ...]:
    """Records of one partition as a history has them."""
    return tuple(stored_record(partition, *one) for one in records)


def _requests(log: LogWriter) -> list[Request]:
    at_source = {}
    at_offset = {}
    for stored in log.events:
        record = decode_log(stored.value)
        if isinstance(record, EventRecord):
            seen = Seen(log.number, stored.offset, record, stored.value)
            at_offset[stored.offset] = seen
            at_source.setdefault(record.source[:2], seen)  # what a zombie repeated later on is void
    requests = []
    for stored in log.commands:
        try:
            envelope = decode_commands(stored.value)
            commands = [decode_command(posted) for posted in envelope.commands]
        except DecodeError:
            continue
        for index, (posted, command) in enumerate(zip(envelope.commands, commands, strict=True)):
            seen = at_source.get((stored.offset, index))
            asked = _asked(envelope.show_id, command)
            if asked is None or seen is None:
                continue
            event = decode_event(seen.record)
            if isinstance(event, CommandRepeated):
                seen = at_offset[event.offset]
            requests.append(_request(asked, posted.id, seen, len(requests) * STEP_SECONDS))
    return requests


def _request(asked: tuple[str, str, str, bytes], key: str, seen: Seen, sent: float) -> Request:
    buyer, method, path, body = asked
    answer = decided(seen)
    headers = dict(answer.headers)
    return Request(
        buyer=buyer,
        method=method,
        path=path,
        key=key,
        body=json_or_null(body),
        sent=sent,
        answered=sent + STEP_SECONDS / 2,
        status=answer.status,
        receipt=headers[b"seatlog-receipt"].decode(),
        answer=json_or_null(answer.body) if answer.body else NULL,
    )


def _asked(show_id: str, command: Command) -> tuple[str, str, str, bytes] | None:
    """Buyer, method, path and body of the request behind a command; None for what the clock said."""
    show, body = f"/shows/{show_id}", msgspec.to_builtins(command)
    match command:
        case ScheduleShow():
            return command.organiser_id, "POST", "/shows", msgspec.json.encode({"id": show_id, **body})
        case HoldSeats():
            return command.buyer_id, "POST", f"{show}/holds", msgspec.json.encode(body)
        case HoldBestAvailable():
            return command.buyer_id, "POST", f"{show}/holds", msgspec.json.encode({"best_available": body})
        case BookHold():
            paid = {"amount_minor": command.amount_minor, "currency": command.currency}
            return command.buyer_id, "POST", f"{show}/bookings", msgspec.json.encode(body | {"amount": paid})
        case ReleaseHold():
            return command.buyer_id, "DELETE", f"{show}/holds/{command.hold_id}", b""
    return None
