"""api_patch: a PATCH of one id against the same server's bare authenticated endpoint.

Both are asked by the same lean client over kept connections, in turn; then PATCHes of one and of
10,000 ids are timed one at a time until they are answered.
"""

import asyncio
import json
import random
import statistics
import time
from itertools import cycle

from bench.product import Product, report
from conversions.models import Conversion
from convertr.accounts.keys import create_key
from convertr.accounts.models import User

CONNECTIONS, SECONDS, ROUNDS = 8, 2.0, 5
MANY = 10_000
BAR_RATE, BAR_MANY = 0.5, 10.0
PATCH = "/v1/networks/reporting/conversions"


def measure(product: Product) -> dict[str, float]:
    """Prints and answers the figures: calls a second, and medians in milliseconds."""
    user = User.objects.get(email="agency@demo.test")
    secret = create_key(actor=None, user=user, name="bench").secret
    ids = [uuid.hex for uuid in Conversion.objects.values_list("uuid", flat=True)[:50_000]]
    random.Random(3).shuffle(ids)
    caller = Caller(product.port, secret)
    one = [caller.patch([i], s) for i in ids[:2_000] for s in ("approved", "rejected")]
    bare, patched = [], []
    for number in range(ROUNDS + 1):
        rates = caller.rate([caller.request("GET", "/v1/me")]), caller.rate(one)
        if number:  # the first round warms up
            bare.append(rates[0])
            patched.append(rates[1])
    single = statistics.median(caller.seconds(r) for r in one[:60])
    many = statistics.median(
        caller.seconds(caller.patch(random.sample(ids, MANY), s))
        for s in ("approved", "rejected") * 5
    )
    rate = statistics.median(patched) / statistics.median(bare)
    figures = {
        "bare_per_second": round(statistics.median(bare)),
        "patch_per_second": round(statistics.median(patched)),
        "ratio": round(rate, 2),
        "bar": BAR_RATE,
        "one_id_ms": round(single * 1000, 2),
        "ten_thousand_ids_ms": round(many * 1000, 2),
        "times_one": round(many / single, 1),
        "bar_times_one": BAR_MANY,
    }
    report("api_patch", conversions=Conversion.objects.count(), **figures)
    return figures


class Caller:
    """An HTTP client that does next to nothing, so that the server is what is measured."""

    def __init__(self, port: int, secret: str) -> None:
        self.port, self.secret = port, secret

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
            f"X-Eflow-API-Key: {self.secret}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def patch(self, ids: list[str], status: str) -> bytes:
        body = json.dumps({"conversion_ids": ids, "conversion_status": status})
        return self.request("PATCH", PATCH, body.encode())

    def rate(self, requests: list[bytes]) -> float:
        """Calls answered a second over several connections."""
        return asyncio.run(self._rate(requests))

    async def _rate(self, requests: list[bytes]) -> float:
        source, until = cycle(requests), time.perf_counter() + SECONDS
        began = time.perf_counter()
        counts = await asyncio.gather(*(self._ask(source, until) for _ in range(CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - began)

    async def _ask(self, source: cycle, until: float) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        count = 0
        while time.perf_counter() < until:
            await _exchange(reader, writer, next(source))
            count += 1
        writer.close()
        return count

    def seconds(self, request: bytes) -> float:
        """How long one call takes on a connection of its own that is open already."""
        return asyncio.run(self._seconds(request))

    async def _seconds(self, request: bytes) -> float:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        began = time.perf_counter()
        await _exchange(reader, writer, request)
        ended = time.perf_counter()
        writer.close()
        return ended - began


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    await reader.readexactly(length)
