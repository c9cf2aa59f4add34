"""FTP and FTPS against real servers."""

import pytest

from batches.destinations.base import TransportError
from batches.destinations.pieces import temporary
from tests.batches.destinations.conftest import CONTENT, make_upload, way
from tests.batches.servers import PASSWORD

SECRET = {"password": PASSWORD}


@pytest.fixture(params=["ftp_server", "ftps_server"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def send(server, finishing):
    def sending(upload, secret=SECRET, **options):
        return way(server.options | options, secret).send(upload, finishing)

    return sending


def refused(send, upload, *args, **options):
    """Code, permanent, unknown of the error."""
    with pytest.raises(TransportError) as caught:
        send(upload, *args, **options)
    error = caught.value
    assert PASSWORD not in error.words + str(error)
    return error.code, error.permanent, error.unknown


def test_what_arrives_is_what_was_sent_under_its_name_alone(send, server, upload, finishing):
    words = send(upload)

    assert server.files() == {upload.name: CONTENT}
    assert finishing.times == 1
    assert words.startswith("250")


@pytest.mark.parametrize("content", [b"", b"\r\n\n\r", b"x" * 65_537])
def test_files_of_every_size_byte_for_byte(send, server, content):
    send(make_upload(content))

    assert list(server.files().values()) == [content]


def test_where_pasv_leads_is_ignored(ftp_server, upload, finishing):
    ftp_server.lie_about_the_host("192.0.2.1")
    try:
        way(ftp_server.options, SECRET).send(upload, finishing)
    finally:
        ftp_server.lie_about_the_host(None)

    assert ftp_server.files() == {upload.name: CONTENT}


def test_a_certificate_counts_unless_any_is_accepted(ftps_server, upload, finishing):
    stranger = {**ftps_server.options, "ca_certificate": ""}
    with pytest.raises(TransportError) as caught:
        way(stranger, SECRET).send(upload, finishing)
    assert (caught.value.code, caught.value.permanent) == ("certificate", True)
    assert ftps_server.sign_ins == 0

    way({**stranger, "accept_any_certificate": True}, SECRET).send(upload, finishing)
    assert ftps_server.files() == {upload.name: CONTENT}


def test_a_server_without_tls_gets_no_password_over_ftps(ftp_server, upload, finishing):
    with pytest.raises(TransportError) as caught:
        way({**ftp_server.options, "kind": "ftps"}, SECRET).send(upload, finishing)

    assert (caught.value.code, caught.value.permanent) == ("tls_refused", True)
    assert ftp_server.sign_ins == 0


def test_what_is_refused_for_good(send, server, upload):
    assert refused(send, upload, {"password": "wrong"}) == ("auth_refused", True, False)
    assert refused(send, upload, folder="/nowhere") == ("folder_missing", True, False)
    server.read_only = True
    assert refused(send, upload) == ("not_allowed", True, False)


def test_a_refused_renaming_leaves_nothing(send, server, upload):
    server.refuse_rename = True

    assert refused(send, upload) == ("not_allowed", True, False)
    assert server.files() == {}


def test_a_line_cut_halfway_leaves_no_file_and_the_next_attempt_takes_over(
    send, server, upload, finishing
):
    server.cut_after = 100_000
    _code, permanent, unknown = refused(send, upload)
    assert (permanent, unknown, finishing.times) == (False, False, 0)
    assert list(server.files()) == [temporary(upload)]

    server.cut_after = None
    send(upload)
    assert server.files() == {upload.name: CONTENT}
    assert server.uploads == {upload.name: 1}


def test_a_line_cut_while_renaming_is_unknown_and_can_be_looked_into(send, server, upload):
    server.cut_after_rename = True
    assert refused(send, upload)[1:] == (False, True)

    there = way(server.options, SECRET)
    assert there.arrived(upload) is True
    assert there.arrived(make_upload(name="other.csv")) is False
    assert there.arrived(make_upload(CONTENT + b"more")) is False


@pytest.mark.parametrize("refuse_taken", [False, True])
def test_an_earlier_attempt_of_the_same_name_is_replaced(send, server, upload, refuse_taken):
    server.refuse_taken = refuse_taken
    (server.folder / upload.name).write_bytes(b"earlier")

    send(upload)

    assert server.files() == {upload.name: CONTENT}
