"""`python -m read_side.api`: the query API. Settings: SEATLOG_MONGO, _MONGO_DATABASE, _TOKEN_SECRET, _HOST, _PORT."""

import gc
import sys
from typing import Final

import uvloop
from pydantic import ValidationError

from contracts.operations.logs import configure_logs
from read_side.api.serving import serve
from read_side.api.settings import QueryApiSettings

CANNOT_BEGIN: Final = 1


def main() -> int:
    """Exit code: 0 after a signal, 1 if it could not begin. Any other error leaves with its traceback."""
    try:
        settings = QueryApiSettings()  # type: ignore[call-arg]  # from the environment
    except ValidationError as error:
        wrong = "; ".join(f"SEATLOG_{each['loc'][0]!s}".upper() + f": {each['msg']}" for each in error.errors())
        sys.stderr.write(f"query-api: {wrong}\n")
        return CANNOT_BEGIN
    configure_logs("query-api", settings.log_level)
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    uvloop.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
