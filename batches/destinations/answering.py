"""What an HTTP server's answer means for a file: shared by HTTP and S3."""

from batches.destinations.base import TransportError
from convertr.outbound.answers import Answer, Outcome

# 4xx that pass: too slow, too many.
_PASSING = (408, 425, 429)
_REFUSED_US = (401, 403, 407)
WORDS = 300


def words_of(answer: Answer) -> str:
    """The status and the beginning of what was said."""
    text = answer.body[:WORDS].decode(errors="replace")
    return f"{answer.status} {text}".strip() if answer.status is not None else ""


def error_of(answer: Answer, words: str) -> TransportError:
    """The error of an answer that isn't `delivered`."""
    if answer.outcome is Outcome.REFUSED_ADDRESS:
        return TransportError("refused_address", permanent=True)
    if answer.outcome is Outcome.REDIRECT:
        return TransportError("redirect", words, permanent=True)
    if answer.outcome is not Outcome.HTTP_STATUS:
        return TransportError(str(answer.outcome), words, unknown=answer.unknown)
    status = answer.status or 0
    if status in _REFUSED_US:
        return TransportError("auth_refused", words, permanent=True)
    return TransportError("http_status", words, permanent=status < 500 and status not in _PASSING)
