"""SFTP by asyncssh."""

import asyncio
import threading
from pathlib import Path

import asyncssh

from tests.batches.servers.folders import PATIENCE, FolderServer


class SftpServer(FolderServer):
    """asyncssh: a password, or one of `keys` (OpenSSH public keys); `host_key` as it is pinned."""

    def __init__(self, folder):
        super().__init__(folder)
        self.keys = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._acceptor = self._do(self._listen())
        self.port = self._acceptor.get_port()

    @property
    def host_key(self):
        return " ".join(self._key.export_public_key().decode().split()[:2])

    @property
    def options(self):
        return {"kind": "sftp", "host": "127.0.0.1", "port": self.port, "user": self.user}

    def change_host_key(self, kind="ssh-ed25519"):
        self._key = asyncssh.generate_private_key(kind)
        self._acceptor.update(server_host_keys=[self._key])

    def stop(self):
        async def closing():
            self._acceptor.close()
            await self._acceptor.wait_closed()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self._do(closing())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self):
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _SshAccount(self),
            server_host_keys=[self._key],
            sftp_factory=lambda channel: _SftpFiles(channel, self),
        )

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)


class _SshAccount(asyncssh.SSHServer):
    def __init__(self, server):
        self._server = server

    def connection_made(self, conn):
        self._line = conn

    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        self._server.sign_ins += 1
        if self._server.cut_at_sign_in:
            self._line.abort()
        return (username, password) == (self._server.user, self._server.password)

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        shown = key.export_public_key().decode().split()[1]
        return username == self._server.user and any(shown in one for one in self._server.keys)


class _SftpFiles(asyncssh.SFTPServer):
    def __init__(self, channel, server):
        super().__init__(channel, chroot=str(server.folder).encode())
        self._server, self._channel, self._written = server, channel, 0

    def open(self, path, pflags, attrs):
        if self._server.read_only and pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("read-only folder")
        return super().open(path, pflags, attrs)

    def write(self, file_obj, offset, data):
        self._written += len(data)
        if self._server.cut_after is not None and self._written > self._server.cut_after:
            self._cut()
        return super().write(file_obj, offset, data)

    def rename(self, oldpath, newpath):
        self._rename(oldpath, newpath, super().rename)

    def posix_rename(self, oldpath, newpath):
        if self._server.refuse_taken:
            raise asyncssh.SFTPOpUnsupported("no such operation")
        self._rename(oldpath, newpath, super().posix_rename)

    def _rename(self, old, new, rename):
        if self._server.refuse_rename:
            raise asyncssh.SFTPPermissionDenied("no renaming here")
        final = Path(self.map_path(new).decode())
        if self._server.refuse_taken and final.exists():
            raise asyncssh.SFTPFailure("file exists")
        self._server.will_rename(final)
        rename(old, new)
        self._server.was_renamed(final)
        if self._server.cut_after_rename:
            self._cut()

    def _cut(self):
        self._channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("cut")
