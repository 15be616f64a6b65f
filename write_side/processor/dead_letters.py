"""What could not be decided is kept, with the reason and where it came from."""

import structlog

from contracts.limits import DEAD_LETTER_BYTES, DECODE_ERROR_CHARACTERS
from contracts.topics import COMMANDS
from write_side.domain.partition import Decision
from write_side.processor.ports import CommandLog, CommandMessage

log = structlog.get_logger()


async def keep_undecidable(commands: CommandLog, partition: int, message: CommandMessage, decision: Decision) -> None:
    """Put a command record, of which `decision` says what is wrong with one command, into the dead letters."""
    origin = f"{COMMANDS}/{partition}/{message.offset}/{decision.source[1]}"
    fault = (decision.fault or "")[:DECODE_ERROR_CHARACTERS]
    log.error("command not decidable", command_id=decision.command_id, source=origin, fault=fault)
    value = (message.value or b"")[:DEAD_LETTER_BYTES]
    await commands.send_dead_letter(partition, decision.show_id, value, fault, origin)
