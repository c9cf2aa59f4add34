"""Reads a request's body before Django sees the request.

A slow upload then holds a thread, of which there are many, but no database connection, of which
there are few: the session's person is looked up before the body is read.
"""

import tempfile
from collections.abc import Callable, Collection, Iterable
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IN_MEMORY = 256 * 1024
PIECE = 64 * 1024


def read_first(
    application: Application, *, most: int, with_file: int, taking_files: Collection[str]
) -> Application:
    """Wrap a WSGI application. Larger bodies are left for it to refuse as it reads.

    `most` bytes are read, `with_file` bytes at the paths `taking_files`: elsewhere nobody, least
    of all somebody signed out, makes the server keep a large body.
    """

    def with_body(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = _length(environ)
        limit = with_file if environ.get("PATH_INFO", "") in taking_files else most
        if not 0 < length <= limit:
            return application(environ, start_response)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            source, left = environ["wsgi.input"], length
            while left and (piece := source.read(min(PIECE, left))):
                body.write(piece)
                left -= len(piece)
            body.seek(0)
            # Views have run when this returns; nothing reads the body while an answer streams.
            return application({**environ, "wsgi.input": body}, start_response)

    return with_body


def _length(environ: Environ) -> int:
    given = environ.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0
