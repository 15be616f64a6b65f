"""`python -m write_side.api`: the command API. Settings: SEATLOG_KAFKA, _TOKEN_SECRET, _HOST, _PORT, _LOG_LEVEL."""

import gc
import sys
from typing import Final

import uvloop
from aiokafka.errors import KafkaError

from contracts.operations.command_line import settings_from_environment
from contracts.operations.kafka import TopicsUnfit
from contracts.operations.kafka_access import fit_access
from contracts.operations.logs import configure_logs
from contracts.operations.production import secret_fault
from write_side.api.serving import serve
from write_side.api.settings import CommandApiSettings

CANNOT_BEGIN: Final = 1


def main() -> int:
    """Exit code: 0 after a signal, 1 if it could not begin. Any other error leaves with its traceback."""
    settings = settings_from_environment("write_side.api", "The command API, until SIGTERM.", CommandApiSettings)
    configure_logs("command-api", settings.log_level)
    fit_access("command-api", settings, secret_fault("SEATLOG_TOKEN_SECRET", settings.token_secret.get_secret_value()))
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # requests leave no cycles behind; what lives long would be scanned for nothing
    try:
        uvloop.run(serve(settings))
    except (TopicsUnfit, KafkaError) as error:
        sys.stderr.write(f"command-api: {error}\n")
        return CANNOT_BEGIN
    return 0


if __name__ == "__main__":
    sys.exit(main())
