"""TLS is verified for the name that was asked for, although the connection goes to an address."""

import asyncio
import http.server
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from convertr.outbound import checked
from convertr.outbound.addresses import networks
from convertr.outbound.answers import Outcome
from convertr.outbound.http import Client, Limits

NAME = "partner.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed one for NAME, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        """Nothing."""


@pytest.fixture
def port(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def call(url, trusted=None):
    tls = ssl.create_default_context(cafile=trusted)
    options = {"allowed": networks(["127.0.0.0/8"]), "limits": Limits(2, 2)}

    async def calling():
        async with Client(**options, tls=tls if trusted else None) as client:
            return await client.send("GET", url)

    return asyncio.run(calling())


@pytest.mark.parametrize(
    ("name", "trusted", "outcome"),
    [
        (NAME, True, Outcome.DELIVERED),
        (NAME, False, Outcome.NO_CONNECTION),
        ("other.test", True, Outcome.NO_CONNECTION),
    ],
)
def test_a_certificate_counts_for_its_name(port, certificate, monkeypatch, name, trusted, outcome):
    monkeypatch.setattr(checked, "look_up", lambda _host, _port: ["127.0.0.1"])

    answer = call(f"https://{name}:{port}/", certificate if trusted else None)

    assert answer.outcome == outcome
