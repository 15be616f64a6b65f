"""Every limit that crosses a process border, under one name each (glossary: docs/glossary.md)."""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
SECOND_MS: Final = 1000
HOUR_MS: Final = 3600 * SECOND_MS

SEATS_PER_SHOW: Final = 100_000
ROWS_PER_SHOW: Final = 10_000
"""Best available looks at every row: 10,000 of one seat each take it 13 ms, 100,000 would take 0.13 s."""
SEATS_PER_HOLD: Final = 20
SEAT_NUMBER: Final = 999_999
LABEL_CHARACTERS: Final = 32
TITLE_CHARACTERS: Final = 200
SHOW_ID_CHARACTERS: Final = 64
IDEMPOTENCY_KEY_CHARACTERS: Final = 128
PAYMENT_REFERENCE_CHARACTERS: Final = 128
COMMAND_ID_CHARACTERS: Final = 128
DECODE_ERROR_CHARACTERS: Final = 300
"""What is said about bytes that are no record; it must not grow with them, for it is recorded."""
SCHEDULE_PROBLEMS: Final = 20
"""Findings that one refusal of a show lists."""
PRICE_MINOR: Final = 100_000_000
"""Highest price of one seat, in minor units."""
WHOLE_NUMBER: Final = 2**53 - 1
"""The largest integer that every reader of JSON, and MongoDB, takes exactly."""
LATEST_INSTANT: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, where calendars of our libraries end."""

HOLD_SECONDS_LEAST: Final = 30
HOLD_SECONDS_MOST: Final = 7200
HOLD_SECONDS_DEFAULT: Final = 600

BUYER_REQUEST_BYTES: Final = 16 * KIB
PLAN_REQUEST_BYTES: Final = 4 * MIB
REQUEST_HEAD_BYTES: Final = 32 * KIB
"""Of a request's line and headers together."""
REQUEST_SECONDS: Final = 10
"""From the first byte of a request to its last."""

COMMANDS_PER_RECORD: Final = 64
COMMAND_RECORD_BYTES: Final = 256 * KIB
"""Size of a command record that carries several commands; a plan larger than that travels alone."""
MESSAGE_BYTES: Final = 8 * MIB
"""`max.message.bytes` of every topic, and what every client is set to accept."""
EVENT_BATCH_BYTES: Final = 1 * MIB
"""A batch of events is closed between two commands once it has reached this size."""
EVENT_RECORD_BYTES: Final = MESSAGE_BYTES - KIB
"""Largest event record: what Kafka adds to it must fit into MESSAGE_BYTES too."""
DEAD_LETTER_BYTES: Final = 64 * KIB

REMEMBERED_REFUSALS: Final = 10_000
"""Refused command ids that one show remembers; the oldest are forgotten first."""
REMEMBERED_REFUSALS_MS: Final = 24 * HOUR_MS
OVER_AFTER_MS: Final = 24 * HOUR_MS
"""A show is over this long after its start, or after the end of its sale if that is later."""
FORGOTTEN_AFTER_MS: Final = 24 * HOUR_MS
"""The state of a show is dropped this long after it is over: no clock is set back as far as that."""

CLAIM_EVERY_RECORDS: Final = 100_000
CLAIM_EVERY_SECONDS: Final = 600.0
"""A decider claims its partition again this often, so that a reader finds a claim near the end of the log."""
CLOCK_AHEAD_MS: Final = 30 * SECOND_MS
"""A command's append time further than this ahead of the decider's clock halts the partition."""

WAIT_SECONDS_DEFAULT: Final = 2.0
WAIT_SECONDS_MOST: Final = 10.0
