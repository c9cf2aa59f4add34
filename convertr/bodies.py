"""Reads a request's body before Django sees the request.

A slow upload then holds a thread, of which there are many, but no database connection, of which
there are few: the session's person is looked up before the body is read.
"""

import tempfile
import time
from collections.abc import Callable, Container, Iterable
from typing import IO, Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 256 * 1024
PIECE = 64 * 1024
# What an API refuses as too large is read on and thrown away, so far and so long: a client that is
# cut off while it still sends doesn't see the answer that says why.
MOST_DRAINED = 64 * 1024**2
DRAIN_SECONDS = 20.0


def read_first(
    application: Application,
    *,
    most: int,
    with_file: int,
    taking_files: Container[str],
    drained: tuple[str, ...] = (),
) -> Application:
    """Wrap a WSGI application. Larger bodies are left for it to refuse as it reads.

    `most` bytes are read, `with_file` bytes at the paths `taking_files`: elsewhere nobody, least
    of all somebody signed out, makes the server keep a large body. Under the paths `drained` it is
    thrown away before the answer. A body sent in chunks gets the length that it turns out to have.
    """

    def with_body(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, source = environ.get("PATH_INFO", ""), environ["wsgi.input"]
        chunked, length = _length(environ)
        large = chunked or length > most
        limit = with_file if large and path in taking_files else most
        wanted = limit + 1 if chunked else length if length <= limit else 0
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            if wanted:
                read = _copy(source, body, wanted)
                body.seek(0)
                environ = {**environ, "wsgi.input": body}
                if chunked:
                    environ["CONTENT_LENGTH"] = str(read)
                    length = MOST_DRAINED if read > limit else read
            # Views have run when this returns; nothing reads the body while an answer streams.
            answer = application(environ, start_response)
        # One that waits to be told to go on has sent nothing yet.
        if length > limit and path.startswith(drained) and "HTTP_EXPECT" not in environ:
            _drain(source, length)
        return answer

    return with_body


def _copy(source: Any, body: IO[bytes], length: int) -> int:
    """Read up to `length` bytes; how many there were."""
    left = length
    while left and (piece := source.read(min(PIECE, left))):
        body.write(piece)
        left -= len(piece)
    return length - left


def _drain(source: Any, length: int) -> None:
    left, until = min(length, MOST_DRAINED), time.monotonic() + DRAIN_SECONDS
    while left > 0 and time.monotonic() < until and (piece := source.read(min(PIECE, left))):
        left -= len(piece)


def _length(environ: Environ) -> tuple[bool, int]:
    """Whether the body comes in chunks, of a length that nobody knows yet; the length told."""
    given = environ.get("CONTENT_LENGTH") or ""
    chunked = not given and bool(environ.get("HTTP_TRANSFER_ENCODING"))
    return chunked, int(given) if given.isdecimal() else 0
