"""A mail server by aiosmtpd."""

import asyncio
import threading
from collections import Counter
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP

from tests.batches.servers.folders import PATIENCE


class SmtpServer:
    """aiosmtpd. `says` has other answers, by command ({"DATA": "451 later"}); "hang", "cut" too."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.calm()
        self._server = self._do(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]

    def calm(self):
        self.says, self.messages, self.ids = {}, [], Counter()

    def use(self, settings):
        """Make it the mail server of the installation."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.port
        settings.EMAIL_TIMEOUT = 0.5

    def files(self):
        """The attachments that have arrived, by name."""
        return {
            part.get_filename(): part.get_payload(decode=True)
            for message in self.messages
            for part in message.iter_attachments()
        }

    def stop(self):
        async def closing():
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self._do(closing())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self):
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: SMTP(self, hostname="localhost", loop=loop, enable_SMTPUTF8=False),
            "127.0.0.1",
            0,
        )

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _answer(self, server, command, usual):
        said = self.says.get(command, usual)
        if said == "hang":
            await asyncio.sleep(PATIENCE)
        if said == "cut":
            server.transport.abort()
        return said

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        envelope.mail_from = address
        return await self._answer(server, "MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        said = self.says.get(address) or await self._answer(server, "RCPT", "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        said = await self._answer(server, "DATA", "250 taken")
        if said.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.messages.append(message)
            self.ids[message["Message-ID"]] += 1
        return said
