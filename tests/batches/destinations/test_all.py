"""What holds for every kind: addresses that are refused, nobody there, no secret told, tests."""

import logging
import socket
import threading
from dataclasses import replace

import asyncssh
import pytest

from batches import destinations, texts
from batches.destinations.base import TransportError
from batches.destinations.trying import CONTENT as TEST_CONTENT
from convertr.errors import DomainError
from tests.batches.destinations.conftest import way
from tests.batches.servers import PASSWORD, S3Server, closed_port

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA"
SECRETS = {
    "sftp": {"password": PASSWORD},
    "ftp": {"password": PASSWORD},
    "ftps": {"password": PASSWORD},
    "http": {"header": "X-Token: s3cret-token-of-http"},
    "s3": S3Server.key,
}


def stored(kind, host, port=22):
    """Options of each kind that lead to a host."""
    url = f"http://{host}:{port}"
    return {"kind": kind} | {
        "http": {"url": url},
        "s3": {"endpoint": url, "bucket": "drop"},
    }.get(kind, {"host": host, "port": port, "user": "depot"})


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_addresses_are_refused(kind, host, upload, finishing, settings):
    settings.OUTBOUND_ALLOW = ()

    there = way(stored(kind, host), SECRETS[kind], HOST_KEY)
    with pytest.raises(TransportError) as caught:
        there.send(upload, finishing)

    error = caught.value
    assert (error.code, error.permanent, error.unknown) == ("refused_address", True, False)
    assert finishing.times == 0


@pytest.mark.parametrize("kind", SECRETS)
def test_nobody_there_is_tried_again(kind, upload, finishing):
    there = way(stored(kind, "127.0.0.1", closed_port()), SECRETS[kind], HOST_KEY)
    with pytest.raises(TransportError) as caught:
        there.send(upload, finishing)

    error = caught.value
    assert (error.code, error.permanent, error.unknown) == ("no_connection", False, False)
    assert error.code in texts.TEXTS


@pytest.mark.parametrize("kind", ["sftp", "ftp", "ftps", "http", "s3"])
def test_who_talks_nonsense_is_tried_again(kind, upload, finishing):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            line, _address = server.accept()
            line.sendall(b"nonsense\r\n")
            line.close()

        thread = threading.Thread(target=talk)
        thread.start()
        there = way(stored(kind, *server.getsockname()), SECRETS[kind], HOST_KEY)
        with pytest.raises(TransportError) as caught:
            there.send(upload, finishing)
        thread.join()

    assert caught.value.permanent is False
    assert caught.value.code in texts.TEXTS
    assert kind in ("http", "s3") or caught.value.code == "not_understood"


@pytest.mark.parametrize("kind", destinations.KINDS)
def test_no_name_leads_elsewhere(kind, upload, finishing):
    options = stored(kind, "127.0.0.1") | {"recipients": "a@b.test", "subject": "x"}
    there = way(options, SECRETS.get(kind), HOST_KEY)
    for name in ("../up.csv", "a/b", "a\\b", "a\r\nDELE x", "..", ""):
        with pytest.raises(TransportError) as caught:
            there.send(replace(upload, name=name), finishing)
        assert caught.value.code == "bad_name"


@pytest.mark.parametrize("kind", ["sftp", "ftp", "ftps", "s3"])
def test_without_a_credential_there_is_no_way(kind):
    with pytest.raises(DomainError) as caught:
        way(stored(kind, "127.0.0.1"), None)
    assert caught.value.code == "no_credential"


def test_a_server_that_repeats_the_secret_is_not_quoted(sink, upload, finishing):
    secret = "Bearer s3cret-token-of-http"
    sink.plan["echo"] = "echo"
    handler = sink._server.RequestHandlerClass
    handler.do_echo = lambda self, _: self.say(403, self.headers["Authorization"].encode() + b"\0!")

    with pytest.raises(TransportError) as caught:
        way(
            {"kind": "http", "url": sink.url("/echo")}, {"header": f"Authorization: {secret}"}
        ).send(upload, finishing)

    assert caught.value.words.startswith("403")
    assert caught.value.words.endswith("!")
    assert "s3cret" not in caught.value.words


@pytest.mark.parametrize("good", [True, False])
def test_no_secret_is_logged(
    sftp_server, ftp_server, s3_server, sink, upload, finishing, caplog, good
):
    caplog.set_level(logging.DEBUG)
    servers = {"sftp": sftp_server, "ftp": ftp_server, "s3": s3_server}
    options = {kind: server.options for kind, server in servers.items()}
    options["http"] = {"kind": "http", "url": sink.url("/200" if good else "/403")}
    for kind, where in options.items():
        secret = SECRETS[kind] if good else dict.fromkeys(SECRETS[kind], "wr0ng-secret")
        try:
            way(where, secret, sftp_server.host_key).send(upload, finishing)
        except TransportError:
            assert not good

    for secret in (PASSWORD, S3Server.key["secret"], "s3cret-token-of-http", "wr0ng-secret"):
        assert secret not in caplog.text


# --- Test connection ------------------------------------------------------------------------------


def test_the_first_test_of_sftp_shows_the_servers_key_and_signs_nobody_in(sftp_server):
    kind = destinations.KINDS["sftp"]
    options = kind.read(sftp_server.options)

    tested = destinations.try_out(kind, options, {"password": PASSWORD}, "")

    assert tested.host_key == sftp_server.host_key
    assert tested.fingerprint == asyncssh.import_public_key(tested.host_key).get_fingerprint()
    assert (tested.name, sftp_server.sign_ins, sftp_server.files()) == ("", 0, {})

    tested = destinations.try_out(kind, options, {"password": PASSWORD}, tested.host_key)
    assert sftp_server.files() == {tested.name: TEST_CONTENT}
    assert tested.name.startswith("convertr-test-")


@pytest.mark.parametrize("named", ["ftp_server", "ftps_server", "s3_server", "smtp_server", "http"])
def test_a_marked_test_file_arrives(request, named, sink, settings):
    if named == "http":
        where, secret = {"kind": "http", "url": sink.url("/200")}, None
    else:
        server = request.getfixturevalue(named)
        secret = S3Server.key if named == "s3_server" else {"password": PASSWORD}
        if named == "smtp_server":
            server.use(settings)
            where = {"kind": "email", "recipients": "a@b.test", "subject": "Leads"}
        else:
            where = server.options
    kind = destinations.KINDS[where["kind"]]

    tested = destinations.try_out(kind, kind.read(where), secret)

    if named == "http":
        assert [one.body for one in sink.received] == [TEST_CONTENT]
    else:
        (arrived,) = server.files().items()
        assert arrived[0].removeprefix("in/") == tested.name
        assert arrived[1].replace(b"\r\n", b"\n") == TEST_CONTENT.replace(b"\r\n", b"\n")
    if named == "smtp_server":
        assert server.messages[0]["Subject"] == "Test: Leads"
