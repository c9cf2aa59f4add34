"""A real HTTP server on loopback that answers as it is told to by the path that it is asked for.

/200 /500 /410 … answer so; /429/7 with Retry-After: 7; /redirect/URL leads there; /hang never
answers; /cut breaks the connection off; /big answers a megabyte; /slow/SECONDS answers late.
`sink.plan` changes what a path does from then on.
"""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit


class Received(NamedTuple):
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    at: float


class Sink:
    """Counts what comes, and how many calls are under way at once."""

    def __init__(self, address="127.0.0.1"):
        self.received = []
        self.plan = {}
        # Longer bodies are read so far, then the line is cut.
        self.cut_after = None
        self.accepted = self.busy = self.most_busy = 0
        self.ending = threading.Event()
        self._lock = threading.Lock()
        sink = self

        class Handler(_Handler):
            pass

        Handler.sink = sink
        self._server = _Server((address, 0), Handler)
        self.address, self.port = self._server.server_address[:2]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def url(self, path, host=None):
        return f"http://{host or self.address}:{self.port}{path}"

    def queries(self, name):
        """What each request brought under this name, in the order of arrival."""
        return [one.query.get(name) for one in self.received]

    def came(self):
        with self._lock:
            self.accepted += 1

    def began(self):
        with self._lock:
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)

    def ended(self):
        with self._lock:
            self.busy -= 1

    def keep(self, received):
        with self._lock:
            self.received.append(received)

    def cut(self, line):
        line.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """A client that went away is the test's matter."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sink = None
    # Nagle's algorithm and delayed acknowledgements would cost 40 ms an answer.
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self):
        super().setup()
        self.sink.came()

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()

    def answer(self):
        self.sink.began()
        self.is_busy = True
        try:
            self.read_and_answer()
        finally:
            self.is_done()

    def is_done(self):
        """Told before the answer leaves: by the time it arrives the next call may be here."""
        if self.is_busy:
            self.is_busy = False
            self.sink.ended()

    def read_and_answer(self):
        length = int(self.headers.get("Content-Length", 0))
        if self.sink.cut_after is not None and length > self.sink.cut_after:
            self.rfile.read(self.sink.cut_after)
            self.close_connection = True
            self.sink.cut(self.connection)
            return
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            self.close_connection = True  # half a request is none
            return
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        self.sink.keep(
            Received(
                self.command, url.path, query, dict(self.headers.items()), body, time.monotonic()
            )
        )
        act, _slash, more = url.path.lstrip("/").partition("/")
        act = self.sink.plan.get(act, act)
        getattr(self, f"do_{act}", lambda _: self.say(int(act)))(unquote(more))

    do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815  the names that http.server calls

    def say(self, status, body=b"thanks", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.is_done()
        self.wfile.write(body)
        self.wfile.flush()

    def do_429(self, seconds):
        self.say(429, Retry_After=seconds)

    def do_redirect(self, url):
        self.say(302, Location=url, Set_Cookie="a=b")

    def do_big(self, _):
        self.say(200, b"x" * 1_000_000)

    def do_binary(self, _):
        self.say(200, b"a\0b\xff<script>")

    def do_hang(self, _):
        self.sink.ending.wait(30)
        self.close_connection = True

    def do_slow(self, seconds):
        self.sink.ending.wait(float(seconds or 0.3))
        self.say(200)

    def do_cut(self, _):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args):
        """Nothing."""
