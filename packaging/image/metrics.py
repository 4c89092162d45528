"""Gives what the roles on this host count and measure to a Prometheus, over HTTP.

    python3 metrics.py FOLDER PORT          FOLDER with the control sockets, usually /run/teredo; 0 for any port, which is printed

Each time it is asked it asks every role that has a socket there (docs/control.md, method `metrics`). One that does not answer is
`teredo_up` 0. It holds nothing between two questions and knows nothing but GET /metrics.
"""

import http.server
import json
import pathlib
import socket
import sys

PATIENCE = 5.0
LONGEST_ANSWER = 4 << 20
REQUEST = b'{"version":2,"id":1,"method":"metrics"}\n'


def ask(path):
    """The metrics of the role behind a control socket, as text."""
    answer = b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        connection.sendall(REQUEST)
        while not answer.endswith(b"\n"):
            part = connection.recv(65536)
            if not part or len(answer) > LONGEST_ANSWER:
                raise ValueError("no whole answer")
            answer += part
    return json.loads(answer)["result"]["text"]


def merged(texts):
    """The metrics of several roles as those of one: the lines of a metric stand together, and each is described once."""
    families = {}
    for line in "".join(texts).splitlines():
        if line.startswith("# "):
            name = line.split(" ", 3)[2]
            lines = families.setdefault(name, [])
        if line not in lines:
            lines.append(line)
    return "".join(f"{line}\n" for lines in families.values() for line in sorted(lines, key=lambda line: line[:1] != "#"))


def collect(folder):
    texts = []
    for path in sorted(folder.glob("*.sock")):
        try:
            texts.append(ask(path))
        except (OSError, ValueError, KeyError) as error:
            print(f"metrics: {path}: {error}", file=sys.stderr, flush=True)
            texts.append(f'# TYPE teredo_up gauge\nteredo_up{{role="{path.stem}"}} 0\n')
    return merged(texts)


class Handler(http.server.BaseHTTPRequestHandler):
    folder = pathlib.Path("/run/teredo")
    timeout = 2 * PATIENCE

    def do_GET(self):
        if self.path != "/metrics":
            self.send_error(404)
            return
        body = collect(self.folder).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Every minute's question is not worth a line."""


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        sys.exit("usage: metrics.py FOLDER PORT")
    Handler.folder = pathlib.Path(sys.argv[1])
    with http.server.ThreadingHTTPServer(("", int(sys.argv[2])), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
