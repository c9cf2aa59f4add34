"""The people and API clients of the load: a process of its own that does little but wait.

`python -m bench.people` reads a Plan as JSON from stdin, acts it out until its end, and prints one
JSON document: [kind, began, ended, status] of each request, in seconds of the monotonic clock that
all processes share; the addresses that were refused; the seconds of CPU that it took itself. Plain
sockets, because a client library would take a good part of one of two cores.
"""

import asyncio
import contextlib
import json
import random
import re
import resource
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Script = Callable[[], Awaitable[None]]
# Seconds from one page, and from one call, to the next.
THINK, PAUSE = (5.0, 15.0), (1.0, 3.0)
BELL_SECONDS, POLL_SECONDS, POLLS = 30.0, 0.7, 4
ANSWER_SECONDS = 60.0
IN_WIZARD = 20
UPLOAD_EVERY = 0.25
# Where a row of a list leads to.
ROW = re.compile(r'<tr [^>]*data-href="([^"]+)"')
BROKEN = 599  # no answer, or none that can be read


@dataclass(frozen=True)
class Plan:
    """What the load is made of; moments are of the monotonic clock."""

    port: int
    begin: float
    end: float
    # When slow uploads begin, how long each takes, and what they send.
    uploads_at: float
    upload_seconds: float
    uploads: list[str]
    # (session, is a partner's)
    people: list[tuple[str, bool]]
    keys: list[str]
    offers: list[int]
    campaigns: list[int]
    publishers: list[int]
    conversions: list[str]
    leads: list[int]


@dataclass
class Line:
    """A kept connection, and what was asked over it."""

    port: int
    asked: list[tuple[str, float, float, int]]
    refused: list[str]
    headers: str = ""
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(
        self, kind: str, path: str, body: bytes | None = None, *, more: str = "", method: str = ""
    ) -> tuple[str, str]:
        """(head, body) of the answer, both empty where there was none."""
        began = time.monotonic()
        head = content = ""
        status = BROKEN
        with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._send(method or ("GET" if body is None else "POST"), path, body, more)
                head, content = await self._read()
                status = int(head.split(" ", 2)[1])
        if status == BROKEN:
            self.close()
        self._note(kind, path, began, status)
        return head, content

    async def slowly(self, kind: str, path: str, body: bytes, *, more: str, seconds: float) -> None:
        """A body sent in small pieces, over a connection of its own; told from its last byte."""
        began, status, pieces = time.monotonic(), BROKEN, max(int(seconds / 0.5), 1)
        size = len(body) // pieces + 1
        with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
            await self._send("POST", path, b"", more, length=len(body))
            assert self.writer
            for place in range(0, len(body), size):
                await asyncio.sleep(0.5)
                self.writer.write(body[place : place + size])
                await self.writer.drain()
            began = time.monotonic()
            async with asyncio.timeout(ANSWER_SECONDS):
                head, _content = await self._read()
            status = int(head.split(" ", 2)[1])
        self._note(kind, path, began, status)
        self.close()

    async def _send(
        self, method: str, path: str, body: bytes | None, more: str, length: int | None = None
    ) -> None:
        if self.reader is None or self.reader.at_eof():
            # A kept connection that the server has closed meanwhile is opened anew.
            self.close()
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=2**20
            )
        assert self.writer
        size = len(body or b"") if length is None else length
        told = "" if body is None else f"Content-Length: {size}\r\n"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
            f"{self.headers}{more}{told}\r\n"
        )
        self.writer.write(head.encode() + (body or b""))
        await self.writer.drain()

    async def _read(self) -> tuple[str, str]:
        assert self.reader
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?i)\r\ncontent-length: *(\d+)", head)
        if length:
            return head, (await self.reader.readexactly(int(length[1]))).decode()
        if "chunked" in head.lower():
            raise ValueError("an answer without a length")
        return head, ""

    def _note(self, kind: str, path: str, began: float, status: int) -> None:
        self.asked.append((kind, began, time.monotonic(), status))
        if status >= 400:
            self.refused.append(f"{status} {path}")

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class Actor:
    """Somebody who goes on until the end, by what is drawn from `scripts`."""

    plan: Plan
    line: Line
    dice: random.Random
    between: tuple[float, float]

    def scripts(self) -> dict[Script, int]:
        """What is done, and how often."""
        raise NotImplementedError

    async def act(self) -> None:
        scripts = self.scripts()
        await asyncio.sleep(self.plan.begin - time.monotonic())
        await asyncio.sleep(self.dice.uniform(0, self.between[1]))
        while time.monotonic() < self.plan.end:
            [script] = self.dice.choices(list(scripts), list(scripts.values()))
            await script()
            await self.think()

    async def think(self) -> None:
        await asyncio.sleep(self.dice.uniform(*self.between))


@dataclass
class Person(Actor):
    """A browser's requests: pages and their fragments, without static files, which it keeps."""

    partner: bool = False
    rung: float = field(default_factory=time.monotonic)

    def scripts(self) -> dict[Script, int]:
        if self.partner:
            return {self.conversions: 5, self.requests: 2, self.dashboard: 1}
        return {
            self.conversions: 5,
            self.leads: 3,
            self.requests: 1,
            self.jobs: 2,
            self.dashboard: 1,
            self.wizard: 1,
        }

    async def think(self) -> None:
        await super().think()
        if time.monotonic() > self.rung + BELL_SECONDS:
            self.rung = time.monotonic()
            await self.line.ask("bell", "/ui/bell/count", more="HX-Request: true\r\n")

    async def dashboard(self) -> None:
        await self.line.ask("dashboard", "/")

    async def conversions(self) -> None:
        query: dict[str, Any] = {"range": self.dice.choice(("7d", "30d", "today"))}
        if not self.partner and self.dice.random() < 0.6:
            query["offer"] = self.dice.choice(self.plan.offers)
        if self.dice.random() < 0.5:
            query["status"] = self.dice.choice(("approved", "pending", "rejected"))
        await self.list_and_one("/v2/conversions", query)

    async def leads(self) -> None:
        query: dict[str, Any] = {"range": self.dice.choice(("7d", "30d"))}
        if self.dice.random() < 0.5:
            query["campaign"] = self.dice.choice(self.plan.campaigns)
        await self.list_and_one("/v2/leads", query)

    async def requests(self) -> None:
        await self.list_and_one("/v2/conversion-requests", {})

    async def list_and_one(self, path: str, query: dict[str, Any]) -> None:
        """A list, and then the page of one of its rows."""
        _head, page = await self.line.ask("list", f"{path}?{urlencode(query)}")
        found = ROW.findall(page)
        if found:
            await self.think()
            await self.line.ask("detail", self.dice.choice(found))

    async def jobs(self) -> None:
        """The newest job's page, and its fragment as a page asks for it while a job runs."""
        _head, page = await self.line.ask("list", "/v2/jobs")
        found = ROW.findall(page)
        if found:
            await self.line.ask("detail", found[0])
            for _ in range(POLLS):
                await asyncio.sleep(POLL_SECONDS)
                await self.line.ask("poll", found[0], more="HX-Request: true\r\n")

    async def wizard(self) -> None:
        """Twenty leads, a type, and then given up: what is confirmed would soon be all of them."""
        step = await self.post("/v2/leads/manage", {})
        ids = self.dice.sample(self.plan.leads, min(IN_WIZARD, len(self.plan.leads)))
        step = step and await self.go(step, {"ids": " ".join(map(str, ids)), "go": "next"})
        step = step and await self.go(step, {"act": "test"})
        if step:
            await self.line.ask("wizard", step)
            await self.think()
            await self.post(step.replace("processing", "discard"), {})

    async def go(self, step: str, fields: dict[str, str]) -> str:
        await self.line.ask("wizard", step)
        await self.think()
        return await self.post(step, fields)

    async def post(self, path: str, fields: dict[str, str]) -> str:
        """Where the answer leads to; empty where it stays."""
        form = "Content-Type: application/x-www-form-urlencoded\r\n"
        head, _body = await self.line.ask("wizard", path, urlencode(fields).encode(), more=form)
        found = re.search(r"(?i)\r\nlocation: *(\S+)", head)
        return found[1] if found else ""

    async def upload(self, number: int) -> None:
        """A status CSV over a slow line."""
        plan, mark = self.plan, uuid.uuid4().hex
        await asyncio.sleep(plan.uploads_at - time.monotonic() + number * UPLOAD_EVERY)
        text = plan.uploads[number % len(plan.uploads)]
        body = (
            f"--{mark}\r\nContent-Disposition: form-data; name=file; filename=slow.csv\r\n"
            f"Content-Type: text/csv\r\n\r\n{text}\r\n--{mark}--\r\n"
        )
        own = Line(self.line.port, self.line.asked, self.line.refused, self.line.headers)
        more = f"HX-Request: true\r\nContent-Type: multipart/form-data; boundary={mark}\r\n"
        await own.slowly(
            "upload",
            "/v2/conversions/upload",
            body.encode(),
            more=more,
            seconds=plan.upload_seconds,
        )


@dataclass
class Client(Actor):
    """A program with a key of its own."""

    def scripts(self) -> dict[Script, int]:
        return {self.read: 4, self.change: 3, self.bring: 2, self.list_leads: 1}

    async def read(self) -> None:
        one = self.dice.choice(self.plan.conversions)
        await self.line.ask("api", f"/v1/networks/reporting/conversions/{one}")

    async def change(self) -> None:
        body = {
            "conversion_ids": [self.dice.choice(self.plan.conversions)],
            "conversion_status": self.dice.choice(("approved", "rejected")),
        }
        await self.call("/v1/networks/reporting/conversions", body, method="PATCH")

    async def bring(self) -> None:
        name = uuid.UUID(int=self.dice.getrandbits(128)).hex
        data = {"firstName": "Ada", "lastName": "Load", "email": f"{name}@load.example.de"}
        lead = {
            "campaign": self.dice.choice(self.plan.campaigns),
            "publisher": self.dice.choice(self.plan.publishers),
            "leadData": {**data, "telephone": f"0151 {self.dice.randint(10**7, 10**8 - 1)}"},
        }
        await self.call("/api/v4/leads", lead)

    async def list_leads(self) -> None:
        await self.line.ask("api", "/api/v4/leads")

    async def call(self, path: str, body: dict[str, Any], method: str = "POST") -> None:
        more = "Content-Type: application/json\r\n"
        await self.line.ask("api", path, json.dumps(body).encode(), more=more, method=method)


async def act(plan: Plan) -> tuple[list[tuple[str, float, float, int]], list[str]]:
    """All that was asked until the plan's end, and what was refused of it."""
    asked: list[tuple[str, float, float, int]] = []
    refused: list[str] = []
    token = "t" * 32
    people = []
    for number, (session, partner) in enumerate(plan.people):
        headers = (
            f"Cookie: sessionid={session}; csrftoken={token}\r\nX-CSRFToken: {token}\r\n"
            f"Origin: http://localhost:{plan.port}\r\n"
        )
        line = Line(plan.port, asked, refused, headers)
        people.append(Person(plan, line, random.Random(number), THINK, partner))
    clients = [
        Client(
            plan, Line(plan.port, asked, refused, f"Authorization: Bearer {key}\r\n"), dice, PAUSE
        )
        for key, dice in zip(plan.keys, map(random.Random, range(1_000, 2_000)), strict=False)
    ]
    uploaders = [one for one in people if not one.partner][: len(plan.uploads)]
    uploads = [one.upload(number) for number, one in enumerate(uploaders)]
    await asyncio.gather(*(one.act() for one in (*people, *clients)), *uploads)
    return asked, refused


def main() -> None:
    plan = Plan(**json.loads(sys.stdin.read()))
    asked, refused = asyncio.run(act(plan))
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"asked": asked, "refused": refused, "cpu_seconds": used.ru_utime + used.ru_stime}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
