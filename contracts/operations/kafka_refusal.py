"""Why Kafka does not let us in. aiokafka itself says the same of a wrong password as of a broker that is away."""

import ssl
from typing import Final

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed

from contracts.operations.kafka_access import Kafka, client_settings

_ANSWER_MS: Final = 5_000


async def refusal(kafka: Kafka) -> str | None:
    """A sentence about the first broker that answers and refuses; None if none is there, or one lets us in."""
    settings = dict(client_settings(kafka))
    for host, port, _ in collect_hosts(settings.pop("bootstrap_servers"), randomize=False):
        try:
            connection = await create_conn(host, port, request_timeout_ms=_ANSWER_MS, **settings)
        except SaslAuthenticationFailed:
            user = settings["sasl_plain_username"]
            return (
                f"Kafka at {host}:{port} refuses the user {user!r}: "
                "SEATLOG_KAFKA_SASL_USERNAME or SEATLOG_KAFKA_SASL_PASSWORD is wrong"
            )
        except ssl.SSLCertVerificationError as error:
            return (
                f"Kafka at {host}:{port} shows a certificate that SEATLOG_KAFKA_CA_FILE does not vouch for: "
                f"{error.verify_message}"
            )
        except ssl.SSLError as error:
            return f"Kafka at {host}:{port} does not speak TLS as SEATLOG_KAFKA_SECURITY_PROTOCOL says: {error.reason}"
        except (OSError, KafkaError, TimeoutError):
            continue
        connection.close()
        return None
    return None
