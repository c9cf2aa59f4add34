"""E-mail through a real mail server."""

import pytest

from batches import destinations
from batches.destinations import email
from batches.destinations.base import TransportError
from convertr.errors import DomainError
from tests.batches.destinations.conftest import CONTENT, way

STORED = {"kind": "email", "recipients": ["ann@buyer.test", "bob@buyer.test"], "subject": "Leads"}


@pytest.fixture
def send(smtp_server, settings, upload, finishing):
    smtp_server.use(settings)
    return lambda **stored: way({**STORED, **stored}, None).send(upload, finishing)


def refused(send):
    """Code, permanent, unknown of the error."""
    with pytest.raises(TransportError) as caught:
        send()
    return caught.value.code, caught.value.permanent, caught.value.unknown


def test_the_file_arrives_attached_and_a_repeat_has_the_same_id(
    send, smtp_server, upload, finishing
):
    words = [send(), send()]

    assert smtp_server.files() == {upload.name: CONTENT}
    assert list(smtp_server.ids.values()) == [2]
    assert words == ["250 taken"] * 2
    assert finishing.times == 2
    message = smtp_server.messages[0]
    assert (message["To"], message["Subject"]) == ("ann@buyer.test, bob@buyer.test", "Leads")


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        ({"DATA": "451 later"}, ("busy", False, False)),
        ({"DATA": "550 never"}, ("refused", True, False)),
        ({"MAIL": "550 not you"}, ("refused", True, False)),
        ({"MAIL": "421 later"}, ("busy", False, False)),
        ({"bob@buyer.test": "550 nobody"}, ("recipient_refused", True, False)),
        ({"bob@buyer.test": "450 greylisted"}, ("busy", False, False)),
        ({"RCPT": "cut"}, ("cut", False, False)),
        ({"RCPT": "hang"}, ("cut", False, False)),
        ({"DATA": "cut"}, ("cut", False, True)),
        ({"DATA": "hang"}, ("cut", False, True)),
    ],
)
def test_what_the_server_says(send, smtp_server, says, outcome):
    smtp_server.says = says

    code, permanent, unknown = refused(send)

    assert (code.replace("timeout", "cut"), permanent, unknown) == outcome
    assert smtp_server.messages == []


def test_over_20_mb_fails_before_anything_is_sent(send, smtp_server, monkeypatch, finishing):
    assert email.LARGEST == 20 * 1024 * 1024
    monkeypatch.setattr(email, "LARGEST", len(CONTENT) - 1)

    assert refused(send) == ("too_large", True, False)
    assert (finishing.times, smtp_server.ids) == (0, {})


def test_only_what_has_a_password_goes_by_mail():
    kind = destinations.KINDS["email"]
    options = kind.read(STORED)

    kind.check(options, encrypted=True)
    with pytest.raises(DomainError) as caught:
        kind.check(options, encrypted=False)
    assert caught.value.code == "needs_password"


def test_in_development_it_is_printed(settings, upload, finishing, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    way(STORED, None).send(upload, finishing)

    assert upload.name in capsys.readouterr().out
