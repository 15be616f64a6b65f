"""Every limit that crosses a process border, under one name each (glossary: docs/glossary.md)."""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
SECOND_MS: Final = 1000
HOUR_MS: Final = 3600 * SECOND_MS

SEATS_PER_SHOW: Final = 100_000
SEATS_PER_HOLD: Final = 20
LABEL_CHARACTERS: Final = 32
TITLE_CHARACTERS: Final = 200
SHOW_ID_CHARACTERS: Final = 64
IDEMPOTENCY_KEY_CHARACTERS: Final = 128
PAYMENT_REFERENCE_CHARACTERS: Final = 128
PRICE_MINOR: Final = 100_000_000
"""Highest price of one seat, in minor units."""

HOLD_SECONDS_LEAST: Final = 30
HOLD_SECONDS_MOST: Final = 7200
HOLD_SECONDS_DEFAULT: Final = 600

BUYER_REQUEST_BYTES: Final = 16 * KIB
PLAN_REQUEST_BYTES: Final = 4 * MIB

COMMANDS_PER_RECORD: Final = 64
COMMAND_RECORD_BYTES: Final = 256 * KIB
"""Size of a command record that carries several commands; a plan larger than that travels alone."""
MESSAGE_BYTES: Final = 8 * MIB
"""`max.message.bytes` of every topic, and what every client is set to accept."""
EVENT_BATCH_BYTES: Final = 1 * MIB
"""A batch of events is closed between two commands once it has reached this size."""
DEAD_LETTER_BYTES: Final = 64 * KIB

REMEMBERED_REFUSALS: Final = 10_000
"""Refused command ids that one show remembers; the oldest are forgotten first."""
REMEMBERED_REFUSALS_MS: Final = 24 * HOUR_MS
OVER_AFTER_MS: Final = 24 * HOUR_MS
"""A show is over this long after its start, or after the end of its sale if that is later."""

CLAIM_EVERY_RECORDS: Final = 100_000
CLAIM_EVERY_SECONDS: Final = 600.0
"""A decider claims its partition again this often, so that a reader finds a claim near the end of the log."""
CLOCK_AHEAD_MS: Final = 30 * SECOND_MS
"""A command's append time further than this ahead of the decider's clock halts the partition."""

WAIT_SECONDS_DEFAULT: Final = 2.0
WAIT_SECONDS_MOST: Final = 10.0
