"""Where things are sent to: servers on loopback, each behind a line that can break, with a memory.

What a server has taken as a whole is written down before it answers; the answer may be lost.
"""

import hashlib
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.batches.servers.sftp import SftpServer
from tests.batches.servers.smtp import SmtpServer
from tests.chaos.lines import Line, Loop

PLACES = ("postbacks", "http", BUCKET := "bucket", "realtime")


@dataclass(frozen=True)
class Arrival:
    """One whole request: which place it was sent to, and what the server thought of it."""

    place: str
    name: str
    query: dict
    key: str
    sha256: str
    status: int

    @property
    def taken(self):
        return self.status < 300


class Sinks:
    """All of them. `lines` by name: the places of the HTTP server, "sftp" and "smtp"."""

    def __init__(self, folder):
        self._loop = Loop()
        (folder / "sftp").mkdir()
        self.http = HttpServer()
        self.sftp = SftpServer(folder / "sftp")
        self.smtp = SmtpServer()
        # The hash of each file in the very moment in which it got its final name.
        self.named = defaultdict(list)
        self.sftp.after_rename = self._note
        self.places = PLACES
        ports = dict.fromkeys(PLACES, self.http.port)
        ports |= {"sftp": self.sftp.port, "smtp": self.smtp.port}
        self.lines = {name: Line(self._loop, port) for name, port in ports.items()}

    def _note(self, name):
        content = (self.sftp.folder / name).read_bytes()
        self.named[name].append(hashlib.sha256(content).hexdigest())

    def url(self, place):
        """The address of a place of the HTTP server, by its line."""
        return f"{self.address(place)}/{place}"

    def address(self, place):
        return f"http://127.0.0.1:{self.lines[place].port}"

    def be_slow(self, seconds):
        """Let each piece of everything take so long from now on."""
        for line in self.lines.values():
            line.pause = seconds

    def calm(self):
        for line in self.lines.values():
            line.calm()
        self.http.says.clear()
        self.smtp.says.clear()

    def stop(self):
        for line in self.lines.values():
            line.end()
        self.http.stop()
        self.sftp.stop()
        self.smtp.stop()
        self._loop.end()

    # --- what has arrived -------------------------------------------------------------------------

    def arrivals(self, place):
        return [one for one in self.http.arrivals if one.place == place]

    def takes(self, place):
        """How often each key was taken there."""
        return Counter(one.key for one in self.arrivals(place) if one.taken)

    def files(self):
        """SFTP: the hash of each file that has its final name."""
        return {
            name: hashlib.sha256(content).hexdigest() for name, content in self.sftp.files().items()
        }

    def objects(self):
        """S3: the hash of each object in the bucket, by its name."""
        return dict(self.http.objects)

    def puts(self):
        """S3: the name of each object, as often as it was put there."""
        return [one.name for one in self.http.arrivals if one.place == BUCKET and one.taken]

    def mails(self):
        """How often each message with a file arrived, by its Message-ID."""
        with_file = [one for one in self.smtp.messages if list(one.iter_attachments())]
        return Counter(one["Message-ID"] for one in with_file)


class HttpServer:
    """Answers 200, or what `says` has for a place (500, 410). The place BUCKET holds objects."""

    def __init__(self):
        self.arrivals, self.objects, self.says = [], {}, {}
        self.sizes = {}
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"sink": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,))
        self._thread.start()

    def take(self, method, path, query, headers, body):
        """Write a whole request down, and answer its status; all in one moment."""
        _root, place, *more = path.split("/", 2)
        name = "".join(more)
        digest = hashlib.sha256(body).hexdigest()
        with self.lock:
            status = self.says.get(place, 200)
            if place == BUCKET and status == 200:
                status = self._object(method, name, digest, body)
            key = headers.get("Idempotency-Key", "") or f"{query.get('p')}:{query.get('c')}"
            if method != "HEAD":
                self.arrivals.append(Arrival(place, name, query, key, digest, status))
        return status

    def _object(self, method, name, digest, body):
        if method == "HEAD":
            return 200 if name in self.objects else 404
        self.objects[name], self.sizes[name] = digest, len(body)
        return 200

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Lines break all the time."""


class _Lines:
    """What a request is read from; knows the last line that was read."""

    def __init__(self, file):
        self._file, self.last = file, b""

    def readline(self, *limit):
        self.last = self._file.readline(*limit)
        return self.last

    def __getattr__(self, name):
        return getattr(self._file, name)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    sink = None

    def setup(self):
        super().setup()
        self.rfile = _Lines(self.rfile)

    def parse_request(self):
        """Half a head is none: http.server takes what was cut within it for a whole request."""
        whole = super().parse_request() and self.rfile.last in (b"\r\n", b"\n")
        self.close_connection |= not whole
        return whole

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True  # half a request is none
            return
        url = urlsplit(self.path)
        status = self.sink.take(
            self.command, url.path, dict(parse_qsl(url.query)), self.headers, body
        )
        self.send_response(status)
        size = 0
        if self.command == "HEAD":
            size = self.sink.sizes.get(url.path.split("/", 2)[-1], 0)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815  the names that http.server calls

    def log_message(self, *args):
        """Nothing."""
