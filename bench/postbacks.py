"""postbacks: delivered a second by the product's one sender, against a bare httpx client.

The sink is a process of its own that listens on eight loopback addresses: eight hosts, four
connections to each, for both. The product's time is from the nudge until each outcome is in the
table; its events are stored beforehand.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from typing import Any

from bench.product import ROOT, Browser, Product, free_port, report

HOSTS = [f"127.0.0.{n}" for n in range(1, 9)]
CONNECTIONS = 4
EVENTS = 3_000
ROUNDS = 3
BAR = 0.5
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATH = "/told?c={conversion_id}&s={status}&p={payout}&id={change_id}"


class Sink(asyncio.Protocol):
    """Answers each request with 200 as fast as it can; a GET ends with an empty line."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest = transport, b""

    def data_received(self, data: bytes) -> None:
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        if requests:
            self.transport.write(ANSWER * len(requests))


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Sink, host, port) for host in HOSTS]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def measure(product: Product, browser: Browser, *, rounds: int = ROUNDS) -> dict[str, float]:
    """Prints and answers the figures: calls a second, medians of rounds taken in turn."""
    port = free_port()
    sink = subprocess.Popen(
        [sys.executable, "-m", "bench.postbacks", str(port)], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert sink.stdout
        assert sink.stdout.readline() == b"ready\n"
        postbacks = _set_up(port)
        bare, ours = [], []
        for number in range(rounds + 1):
            a, b = asyncio.run(_bare(port)), _product(postbacks)
            if number:  # the first round warms up both
                bare.append(EVENTS / a)
                ours.append(EVENTS / b)
    finally:
        sink.kill()
        sink.wait()
        _tear_down()
    figures = {
        "delivered_per_second": round(statistics.median(ours)),
        "bare_httpx_per_second": round(statistics.median(bare)),
        "ratio": round(statistics.median(ours) / statistics.median(bare), 2),
        "bar": BAR,
        "connections": len(HOSTS) * CONNECTIONS,
    }
    report("postbacks", **figures)
    return figures


def _set_up(port: int) -> list[int]:
    """A partner of its own with one postback a host."""
    from conversions.models import PartnerPostback
    from convertr.network.models import Partner

    partner = Partner.objects.create(name="Bench")
    return [
        PartnerPostback.objects.create(
            partner=partner, url=f"http://{host}:{port}{PATH}", statuses=["approved"]
        ).pk
        for host in HOSTS
    ]


def _tear_down() -> None:
    from conversions.models import PartnerPostback
    from convertr.network.models import Partner

    PartnerPostback.objects.filter(partner__name="Bench").delete()
    Partner.objects.filter(name="Bench").delete()


def _product(postbacks: list[int]) -> float:
    """Seconds for all events; they wait until they are made due at once."""
    from django.db import connection

    from conversions.models import PostbackEvent
    from conversions.partner_postbacks.nudge import nudge

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conversions_postbackevent (created_on, postback_id, conversion_id,"
            " version, status, payout, is_test, state, stale, created_at, due_at, attempts, code)"
            " SELECT current_date, (%s::bigint[])[1 + n %% %s], c.id,"
            " (extract(epoch FROM now()) * 10)::bigint %% 2000000000, 'approved', c.payout, false,"
            " 'waiting', false, now(), now() + interval '1 hour', 0, ''"
            " FROM (SELECT *, row_number() OVER () AS n FROM conversions_conversion LIMIT %s) c",
            [postbacks, len(postbacks), EVENTS],
        )
    own = PostbackEvent.objects.filter(postback_id__in=postbacks)
    unsent = own.filter(state__in=["waiting", "sending"])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) conversions_postbackevent")
        began = time.perf_counter()
        cursor.execute(
            "UPDATE conversions_postbackevent SET due_at = now() WHERE state = 'waiting'"
            " AND postback_id = ANY(%s)",
            [postbacks],
        )
    nudge()
    while unsent.exists():
        time.sleep(0.005)
    seconds = time.perf_counter() - began
    assert not own.exclude(state="delivered").exists()
    return seconds


async def _bare(port: int) -> float:
    """Seconds for as many calls by httpx alone, as many at once to each host."""
    import httpx

    limits: Any = httpx.Limits(
        max_connections=len(HOSTS) * CONNECTIONS,
        max_keepalive_connections=len(HOSTS) * CONNECTIONS,
    )
    path = "/told?c=123456&s=approved&p=4.25&id=123456-2"
    each = EVENTS // (len(HOSTS) * CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def connection(host: str) -> None:
            for _ in range(each):
                answer = await client.get(f"http://{host}:{port}{path}")
                assert answer.status_code == 200

        began = time.perf_counter()
        await asyncio.gather(*(connection(host) for host in HOSTS for _ in range(CONNECTIONS)))
        return (time.perf_counter() - began) * EVENTS / (each * len(HOSTS) * CONNECTIONS)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
