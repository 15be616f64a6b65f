"""A service that does nothing, run as a program: `fake_service.py serve|fail|flap PORT`."""

import http.server
import sys


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ready": true, "missing": [], "degraded": []}')

    def log_message(self, format: str, *args: object) -> None:
        return


def main() -> None:
    way, port = sys.argv[1], int(sys.argv[2])
    if way == "fail":
        sys.exit("no such seat plan")
    with http.server.HTTPServer(("127.0.0.1", port), Ready) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
