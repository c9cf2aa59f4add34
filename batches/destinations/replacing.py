"""The last step on servers with folders: the temporary name becomes the final one."""

from typing import Protocol

from batches.destinations.base import TransportError


class Files(Protocol):
    """What a server does with files. All raise TransportError for what it refuses."""

    def rename(self, name: str, becomes: str) -> None:
        """Give a file another name."""

    def remove(self, name: str) -> None:
        """Remove a file."""

    def size(self, name: str) -> int | None:
        """A file's size; None where there is none of that name."""


def put_in_place(files: Files, temporary: str, final: str, aside: str) -> None:
    """Rename, also where the server refuses a name that is taken.

    What has the name is an earlier attempt at this file, or what was to be overwritten: names are
    unique unless that was asked for (batches.names). It goes only once the new one is in its place.
    """
    try:
        files.rename(temporary, final)
    except TransportError:
        if files.size(final) is None:
            raise
    else:
        return
    files.rename(final, aside)
    try:
        files.rename(temporary, final)
    except TransportError:
        files.rename(aside, final)
        raise
    files.remove(aside)
