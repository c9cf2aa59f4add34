"""The whole product, started as its people start it, in a folder that goes when it stops."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import urllib3

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 300
# What is measured is not how the product holds callers back: no limit of a key's calls, and
# postbacks may go to loopback.
OPENED = {"API_RATE": "1000000", "API_BURST": "1000000", "OUTBOUND_ALLOW": "127.0.0.0/8"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(done: Callable[[], bool]) -> None:
    """Wait for it, to a hundredth: who looks oftener takes the processor from what is measured."""
    began = time.perf_counter()
    while not done():
        time.sleep(max(0.005, (time.perf_counter() - began) / 100))


class Product:
    """One running Convertr on loopback; `start` answers the seconds until it serves."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.http = urllib3.PoolManager(maxsize=2)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        own = {"CONVERTR_DATA": str(self.data), "PORT": str(self.port)}
        # The postbacks of the bench go to this machine.
        return {**kept, **OPENED, **own}

    def start(self) -> float:
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "convertr.up"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while time.perf_counter() - began < READY_SECONDS:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                if self.get("/healthz", retries=False).status == 200:
                    return time.perf_counter() - began
            if self.process.poll() is not None:
                raise RuntimeError("The product ended while it started.")
            time.sleep(0.02)
        raise RuntimeError("The product did not start in time.")

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process = None

    def manage(self, *arguments: str) -> None:
        """Run one of manage.py's commands against the running servers."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL
        )

    def seed(self, *, conversions: int = 0, leads: int = 0) -> None:
        """Top both up to these numbers."""
        self.manage("seed_demo", "--conversions", str(conversions), "--leads", str(leads))

    def get(self, path: str, **kwargs: Any) -> urllib3.BaseHTTPResponse:
        return self.http.request("GET", f"http://localhost:{self.port}{path}", **kwargs)


class Browser:
    """A signed-in person with cookies and a CSRF token, and no more of a browser than that."""

    def __init__(self, product: Product, email: str = "agency@demo.test") -> None:
        self.product, self.cookies = product, ""
        page = self.get("/accounts/login/")
        self._keep(page)
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.data)
        assert token
        form = {
            "csrfmiddlewaretoken": token[1].decode(),
            "login": email,
            "password": "convertr-demo",
        }
        self._keep(self.post("/accounts/login/", fields=form, redirect=False))
        page = self.get("/v2/conversions")
        found = re.search(rb'"X-CSRFToken": "([^"]+)"', page.data)
        assert page.status == 200
        assert found
        self.token = found[1].decode()

    def _keep(self, response: urllib3.BaseHTTPResponse) -> None:
        kept = dict(pair.split("=", 1) for pair in self.cookies.split("; ") if pair)
        for line in response.headers.getlist("Set-Cookie"):
            name, value = line.split(";", 1)[0].split("=", 1)
            kept[name] = value
        self.cookies = "; ".join(f"{name}={value}" for name, value in kept.items())

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return self.product.get(path, headers={"Cookie": self.cookies, **headers})

    def post(
        self, path: str, *, fields: dict[str, Any], redirect: bool = True
    ) -> urllib3.BaseHTTPResponse:
        base = f"http://localhost:{self.product.port}"
        headers = {"Cookie": self.cookies, "Origin": base, "HX-Request": "true"}
        if hasattr(self, "token"):
            headers["X-CSRFToken"] = self.token
        else:
            headers.pop("HX-Request")
        return self.product.http.request(
            "POST", base + path, fields=fields, headers=headers, redirect=redirect
        )


@contextlib.contextmanager
def running(
    *, conversions: int, leads: int = 0, data: Path | None = None, bound: bool = True
) -> Iterator[Product]:
    """A product with so many conversions and leads, in `data` or in a folder that goes with it.

    `bound`: the settings of this process point at its database.
    """
    with contextlib.ExitStack() as stack:
        fresh = tempfile.TemporaryDirectory(prefix="convertr-bench-")
        product = Product(data or Path(stack.enter_context(fresh)))
        if bound:
            own = {"CONVERTR_DATA": str(product.data)}
            os.environ |= {**own, "DJANGO_SETTINGS_MODULE": "convertr.settings"}
        try:
            product.start()
            product.seed(conversions=conversions, leads=leads)
            yield product
        finally:
            product.stop()


def report(name: str, **figures: Any) -> None:
    """One figure as one JSON line."""
    print(json.dumps({"name": name, **figures}), flush=True)
