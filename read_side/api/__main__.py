"""`python -m read_side.api`: the query API. Settings: SEATLOG_MONGO, _MONGO_DATABASE, _TOKEN_SECRET, _HOST, _PORT."""

import gc

import uvloop

from contracts.operations.command_line import settings_from_environment
from contracts.operations.logs import configure_logs
from contracts.operations.production import demand_production, mongo_fault, secret_fault
from read_side.api.serving import serve
from read_side.api.settings import QueryApiSettings


def main() -> None:
    """Serve until a signal. Any other end leaves with its traceback."""
    settings = settings_from_environment("read_side.api", "The query API, until SIGTERM.", QueryApiSettings)
    configure_logs("query-api", settings.log_level)
    demand_production(
        "query-api",
        settings.environment,
        secret_fault("SEATLOG_TOKEN_SECRET", settings.token_secret.get_secret_value()),
        mongo_fault(settings.mongo),
    )
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
