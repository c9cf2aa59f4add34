"""What SFTP and FTP servers of tests share; a free port."""

import contextlib
import shutil
import socket
from collections import Counter
from pathlib import Path

USER, PASSWORD = "depot", "pa55-word-of-depot"
PATIENCE = 10


class FolderServer:
    """What SFTP and FTP servers of tests share: a folder, and what goes wrong in it."""

    user, password = USER, PASSWORD

    def __init__(self, folder):
        self.folder = Path(folder)
        self.calm()

    def calm(self):
        """Nothing goes wrong from now on; the folder is empty."""
        # Bytes after which the line is cut: those of one upload.
        self.cut_after = None
        # Nobody may write.
        self.read_only = False
        self.cut_at_sign_in = False  # SFTP only
        # Renaming is refused; a name that is taken can't be given; renamed, and then cut.
        self.refuse_rename = self.refuse_taken = self.cut_after_rename = False
        # Called with the final name; may kill who sends, for one.
        self.before_rename = self.after_rename = lambda _final: None
        self.uploads = Counter()
        self.sign_ins = 0
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def files(self):
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }

    def will_rename(self, final):
        self.before_rename(self._name(final))

    def was_renamed(self, final):
        self.uploads[self._name(final)] += 1
        self.after_rename(self._name(final))

    def _name(self, final):
        return str(Path(final).relative_to(self.folder))


def closed_port():
    """A port on which nobody listens."""
    with contextlib.closing(socket.socket()) as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]
