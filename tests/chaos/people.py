"""Who uses the product: people with browsers and programs with keys, over either web server."""

import json
import time
from dataclasses import dataclass

import urllib3

from bench.product import Browser

PATIENCE = 20.0
ONCE = urllib3.Retry(total=3, connect=0, read=0, status=0, other=0, redirect=3)
# A slow upload comes in so many pieces, with so many seconds between them.
PIECES, PAUSE = 10, 0.1


class InterruptedCallError(Exception):
    """A call that was cut or answered with an error of the server: its caller can't know more."""

    def __init__(self, what, status=None):
        super().__init__(what, status)
        self.status = status


class Door:
    """One web server, as bench.product.Browser calls a product."""

    def __init__(self, port):
        self.port = port
        self.http = urllib3.PoolManager(
            maxsize=16, timeout=urllib3.Timeout(PATIENCE), retries=ONCE, block=False
        )

    def url(self, path):
        return f"http://localhost:{self.port}{path}"

    def get(self, path, **kwargs):
        return self.http.request("GET", self.url(path), **kwargs)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    data: bytes

    def json(self):
        return json.loads(self.data)


def answered(call, what):
    """What a call was answered; InterruptedCallError where that says nothing of what it did."""
    try:
        response = call()
    except urllib3.exceptions.HTTPError as error:
        raise InterruptedCallError(f"{what}: {type(error).__name__}") from error
    if response.status >= 500:
        raise InterruptedCallError(f"{what}: {response.status}", response.status)
    return Answer(response.status, response.headers, response.data)


class Person:
    """Signed in once, and then at both doors; `at` is the number of the door."""

    def __init__(self, doors, email, name):
        self.name, self.email = name, email
        first = Browser(doors[0], email)
        self._browsers = [first]
        for door in doors[1:]:
            other = object.__new__(Browser)
            other.product, other.cookies, other.token = door, first.cookies, first.token
            self._browsers.append(other)

    def get(self, at, path):
        return answered(lambda: self._browsers[at].get(path, **{"HX-Request": "true"}), path)

    def post(self, at, path, fields):
        """`fields`: values, lists of them, and files as (name, text, type)."""
        browser = self._browsers[at]
        pairs = [
            (name, one)
            for name, value in fields.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        return answered(lambda: browser.post(path, fields=pairs, redirect=False), path)

    def post_slowly(self, at, path, fields):
        """The same in pieces, as over a bad line."""
        browser = self._browsers[at]
        body, kind = urllib3.encode_multipart_formdata(fields)
        headers = {
            "Cookie": browser.cookies,
            "Origin": browser.product.url(""),
            "HX-Request": "true",
            "X-CSRFToken": browser.token,
            "Content-Type": kind,
            "Content-Length": str(len(body)),
        }

        def pieces():
            size = len(body) // PIECES + 1
            for begin in range(0, len(body), size):
                time.sleep(PAUSE)
                yield body[begin : begin + size]

        def posting():
            url = browser.product.url(path)
            http = browser.product.http
            return http.request("POST", url, body=pieces(), headers=headers, redirect=False)

        return answered(posting, path)


class Program:
    """A client of the APIs with a key."""

    def __init__(self, doors, secret):
        self._doors, self._secret = doors, secret

    def call(self, at, method, path, body=None, *, key=None):
        door = self._doors[at]
        headers = {"Authorization": f"Bearer {self._secret}"}
        if key:
            headers["Idempotency-Key"] = key

        def calling():
            return door.http.request(method, door.url(path), json=body, headers=headers)

        return answered(calling, f"{method} {path}")
