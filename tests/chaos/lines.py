"""A line to a server, which refuses, hangs, or breaks after so many bytes; else it passes on."""

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass

PATIENCE = 10
PIECE = 2_048


@dataclass(frozen=True)
class Trouble:
    """`what`: "refuse", "hang" or "cut", the latter two after so many bytes of both directions."""

    what: str
    after: int = 0


class Line:
    """Listens on `port` and passes on to a server on loopback; `trouble` holds for what comes."""

    def __init__(self, loop, target):
        self._loop, self._target = loop, target
        self.trouble = None
        # Seconds that each piece takes.
        self.pause = 0.0
        self._open = set()
        self._server = None
        self.port = _free_port()
        loop.do(self._listen())

    def suffer(self, trouble):
        """From now on, new and open connections."""
        self._loop.do(self._suffer(trouble))

    def calm(self):
        """Pass on again; what hangs is broken off."""
        self._loop.do(self._calm())

    def end(self):
        self._loop.do(self._close())

    async def _suffer(self, trouble):
        self.trouble = trouble
        if trouble.what == "refuse":
            await self._close()

    async def _calm(self):
        was, self.trouble = self.trouble, None
        if was is not None:
            self._break_off()
        if self._server is None:
            await self._listen()

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _close(self):
        if self._server is not None:
            self._server.close()
            self._server = None
        self._break_off()

    def _break_off(self):
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        passed = [0]
        ends = (writer, back)
        self._open.update(ends)
        try:
            await asyncio.gather(
                self._pass_on(reader, back, passed, ends),
                self._pass_on(there, writer, passed, ends),
            )
        finally:
            self._open.difference_update(ends)
            for end in ends:
                end.close()

    async def _pass_on(self, reader, writer, passed, ends):
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                await asyncio.sleep(self.pause)
                trouble = self.trouble
                if trouble is not None:
                    room = max(trouble.after - passed[0], 0)
                    rest, data = len(data) > room, data[:room]
                passed[0] += len(data)
                writer.write(data)
                await writer.drain()
                if trouble is not None and rest:
                    await _break(trouble, ends)
                    return
            if writer.can_write_eof():
                writer.write_eof()


async def _break(trouble, ends):
    if trouble.what == "hang":
        # Until the line is calmed, which breaks it off, or the other side has had enough.
        while not any(end.transport.is_closing() for end in ends):
            await asyncio.sleep(0.05)
    for end in ends:
        end.transport.abort()


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        # Lines break all the time, and are broken off in the end.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def end(self):
        self.do(_cancel_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others():
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
