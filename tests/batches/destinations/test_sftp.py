"""SFTP against a real server: password, key, host key, what is refused, and what is cut."""

import asyncssh
import pytest

from batches.destinations.base import TransportError
from batches.destinations.pieces import temporary
from tests.batches.destinations.conftest import CONTENT, make_upload, way
from tests.batches.servers import PASSWORD

SECRET = {"password": PASSWORD}


@pytest.fixture
def send(sftp_server, finishing):
    """Send a file with a password; answers the server's words."""

    def sending(upload, secret=SECRET, host_key=None, **options):
        key = sftp_server.host_key if host_key is None else host_key
        return way(sftp_server.options | options, secret, key).send(upload, finishing)

    return sending


def test_what_arrives_is_what_was_sent_under_its_name_alone(send, sftp_server, upload, finishing):
    words = send(upload)

    assert sftp_server.files() == {upload.name: CONTENT}
    assert finishing.times == 1
    assert upload.name in words
    assert PASSWORD not in words


@pytest.mark.parametrize(
    ("kind", "passphrase"),
    [
        ("ssh-ed25519", ""),
        ("ssh-ed25519", "open sesame"),
        ("ecdsa-sha2-nistp256", ""),
        ("ssh-rsa", ""),
    ],
)
def test_a_key_signs_in(send, sftp_server, upload, kind, passphrase):
    key = asyncssh.generate_private_key(kind)
    sftp_server.keys = [key.export_public_key().decode()]
    private = key.export_private_key(passphrase=passphrase or None, rounds=50).decode()

    send(upload, {"private_key": private, "passphrase": passphrase})

    assert sftp_server.files() == {upload.name: CONTENT}


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_host_keys_of_each_kind_are_recognised(send, sftp_server, upload, kind):
    sftp_server.change_host_key(kind)
    try:
        send(upload)
    finally:
        sftp_server.change_host_key()

    assert sftp_server.files() == {upload.name: CONTENT}


@pytest.mark.parametrize("content", [b"", b"a", b"x" * 65_536, b"x" * 65_537])
def test_files_of_every_size(send, sftp_server, content):
    send(make_upload(content))

    assert list(sftp_server.files().values()) == [content]


def test_into_a_folder(send, sftp_server, upload):
    (sftp_server.folder / "in").mkdir()

    send(upload, folder="/in/")

    assert sftp_server.files() == {f"in/{upload.name}": CONTENT}


def refused(send, upload, *args, **options):
    """Code, permanent, unknown of the error."""
    with pytest.raises(TransportError) as caught:
        send(upload, *args, **options)
    error = caught.value
    assert PASSWORD not in error.words + str(error)
    return error.code, error.permanent, error.unknown


def test_a_changed_host_key_is_told_before_anybody_signs_in(send, sftp_server, upload, finishing):
    pinned = sftp_server.host_key
    sftp_server.change_host_key()

    assert refused(send, upload, host_key=pinned) == ("host_key_changed", True, False)
    assert refused(send, upload, host_key="") == ("host_key_missing", True, False)
    assert (sftp_server.sign_ins, sftp_server.files(), finishing.times) == (0, {}, 0)


def test_a_wrong_password_is_for_good(send, upload):
    assert refused(send, upload, {"password": "wrong"}) == ("auth_refused", True, False)


def test_a_line_cut_while_signing_in_is_no_wrong_password(send, sftp_server, upload):
    sftp_server.cut_at_sign_in = True

    assert refused(send, upload) == ("cut", False, False)


def test_a_folder_that_is_read_only_or_missing_is_for_good(send, sftp_server, upload):
    sftp_server.read_only = True
    assert refused(send, upload) == ("not_allowed", True, False)

    sftp_server.read_only = False
    assert refused(send, upload, folder="/nowhere") == ("folder_missing", True, False)


def test_a_line_cut_halfway_leaves_no_file_and_the_next_attempt_takes_over(
    send, sftp_server, upload, finishing
):
    sftp_server.cut_after = 100_000
    code, permanent, unknown = refused(send, upload)
    assert (code, permanent, unknown, finishing.times) == ("cut", False, False, 0)
    assert list(sftp_server.files()) == [temporary(upload)]

    sftp_server.cut_after = None
    send(upload)
    assert sftp_server.files() == {upload.name: CONTENT}
    assert sftp_server.uploads == {upload.name: 1}


def test_a_refused_renaming_leaves_nothing(send, sftp_server, upload):
    sftp_server.refuse_rename = True

    assert refused(send, upload) == ("not_allowed", True, False)
    assert sftp_server.files() == {}


def test_a_line_cut_while_renaming_is_unknown_and_can_be_looked_into(send, sftp_server, upload):
    sftp_server.cut_after_rename = True
    _code, permanent, unknown = refused(send, upload)
    assert (permanent, unknown) == (False, True)

    there = way(sftp_server.options, SECRET, sftp_server.host_key)
    assert there.arrived(upload) is True
    assert there.arrived(make_upload(name="other.csv")) is False
    assert there.arrived(make_upload(CONTENT + b"more")) is False


@pytest.mark.parametrize("refuse_taken", [False, True])
def test_an_earlier_attempt_of_the_same_name_is_replaced(send, sftp_server, upload, refuse_taken):
    sftp_server.refuse_taken = refuse_taken
    (sftp_server.folder / upload.name).write_bytes(b"earlier")

    send(upload)

    assert sftp_server.files() == {upload.name: CONTENT}


def test_a_file_that_is_not_what_was_built_is_not_sent(send, sftp_server, finishing):
    for wrong in ({"sha256": "0" * 64}, {"size": 5}):
        assert refused(send, make_upload(**wrong)) == ("file_changed", True, False)
    assert finishing.times == 0


def test_what_the_last_step_raises_is_raised_and_nothing_is_renamed(sftp_server, upload):
    def lost():
        raise KeyError("somebody else's")

    with pytest.raises(KeyError):
        way(sftp_server.options, SECRET, sftp_server.host_key).send(upload, lost)
    assert list(sftp_server.files()) == [temporary(upload)]
