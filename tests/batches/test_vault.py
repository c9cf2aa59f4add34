"""Credentials: sealed, rotated, never told; kept by administrators only."""

import asyncssh
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.management import CommandError, call_command

from batches import credentials, destinations, secrets, vault
from batches.models import Credential, Integration
from convertr.audit.models import Entry
from convertr.errors import DomainError
from tests.factories import make_campaign

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = {"password": "pa55-word-of-depot"}
Kind = Credential.Kind


@pytest.fixture(autouse=True)
def keys(settings):
    settings.VAULT_KEYS = [OLD]


def test_what_is_sealed_is_not_readable_and_opens_again():
    sealed = vault.seal(SECRET)

    assert SECRET["password"].encode() not in sealed
    assert vault.unseal(sealed) == vault.unseal(memoryview(sealed)) == SECRET


def test_rotation_needs_the_old_key_once_more(settings):
    sealed = vault.seal(SECRET)
    settings.VAULT_KEYS = [NEW, OLD]
    rotated = vault.rotate(sealed)
    assert vault.unseal(sealed) == SECRET

    settings.VAULT_KEYS = [NEW]
    assert vault.unseal(rotated) == SECRET
    for opened in (vault.unseal, vault.rotate):
        with pytest.raises(DomainError) as caught:
            opened(sealed)
        assert caught.value.code == "vault_key_missing"


def test_a_key_that_is_none_is_not_shown(settings):
    settings.VAULT_KEYS = ["not-a-key"]

    with pytest.raises(ImproperlyConfigured) as caught:
        vault.seal(SECRET)
    assert "not-a-key" not in str(caught.value)


# --- What each kind holds -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "entered", "kept"),
    [
        (Kind.PASSWORD, {"password": " a b ", "more": "x"}, {"password": " a b "}),
        (Kind.FILE_PASSWORD, {"password": "12345678"}, {"password": "12345678"}),
        (Kind.S3_KEY, {"key_id": " AK ", "secret": "x\t"}, {"key_id": "AK", "secret": "x"}),
        (Kind.HTTP_HEADER, {"header": " X-Key:  a b "}, {"header": "X-Key: a b"}),
    ],
)
def test_what_is_kept(kind, entered, kept):
    assert secrets.read(kind, entered) == kept


@pytest.mark.parametrize(
    ("kind", "entered", "code"),
    [
        ("x", {}, "bad_kind"),
        (Kind.PASSWORD, {"password": ""}, "missing"),
        (Kind.PASSWORD, {"password": "a\r\nb"}, "not_printable"),
        (Kind.PASSWORD, {"password": "a" * 20_001}, "too_long"),
        (Kind.FILE_PASSWORD, {"password": "1234567"}, "too_short"),
        (Kind.S3_KEY, {"key_id": "AK"}, "missing"),
        (Kind.S3_KEY, {"key_id": "A K", "secret": "x"}, "not_printable"),
        (Kind.HTTP_HEADER, {"header": "no colon"}, "bad_header"),
        (Kind.HTTP_HEADER, {"header": "X: a\r\nY: b"}, "bad_header"),
        (Kind.HTTP_HEADER, {"header": "X: ü"}, "bad_header"),
        (Kind.SSH_KEY, {"private_key": "ssh-ed25519 AAAA"}, "bad_key"),
        (
            Kind.SSH_KEY,
            {"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END"},
            "bad_key",
        ),
    ],
)
def test_what_is_refused(kind, entered, code):
    with pytest.raises(DomainError) as caught:
        secrets.read(kind, entered)

    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp384", "ssh-rsa"])
@pytest.mark.parametrize("form", ["openssh", "pkcs1-pem"])
def test_ssh_keys_of_each_kind_are_read(kind, form):
    if (kind, form) == ("ssh-ed25519", "pkcs1-pem"):
        form = "openssh"
    key = asyncssh.generate_private_key(kind)
    text = key.export_private_key(form).decode().replace("\n", "\r\n")

    kept = secrets.read(Kind.SSH_KEY, {"private_key": text})

    read = secrets.parse_key(kept["private_key"])
    assert read.get_base64() == key.export_public_key().decode().split()[1]


def test_a_locked_ssh_key_needs_its_passphrase():
    key = asyncssh.generate_private_key("ssh-ed25519")
    text = key.export_private_key("pkcs8-pem", passphrase="open sesame").decode()

    for passphrase, code in (("", "key_locked"), ("wrong", "bad_key")):
        with pytest.raises(DomainError) as caught:
            secrets.read(Kind.SSH_KEY, {"private_key": text, "passphrase": passphrase})
        assert caught.value.code == code
    secrets.read(Kind.SSH_KEY, {"private_key": text, "passphrase": "open sesame"})


# --- What administrators do -----------------------------------------------------------------------


@pytest.fixture
def kept(admin_user):
    return credentials.create(actor=admin_user, name="Depot", kind=Kind.PASSWORD, secret=SECRET)


@pytest.fixture
def integration(kept):
    return Integration.objects.create(label="Daily", campaign=make_campaign(), credential=kept)


def test_a_credential_is_kept_sealed(kept, admin_user):
    kept.refresh_from_db()

    assert credentials.secret_of(kept) == SECRET
    assert b"pa55" not in bytes(kept.ciphertext)
    assert kept.created_by == admin_user


def test_it_is_renamed_and_replaced(kept, admin_user):
    before = kept.changed_at
    credentials.change(actor=admin_user, credential=kept, name="Depot 2", secret=None)
    kept.refresh_from_db()
    assert (kept.name, credentials.secret_of(kept), kept.changed_at) == ("Depot 2", SECRET, before)

    credentials.change(
        actor=admin_user, credential=kept, name="Depot 2", secret={"password": "other"}
    )
    kept.refresh_from_db()
    assert credentials.secret_of(kept) == {"password": "other"}
    assert kept.changed_at > before


def test_it_goes_to_the_servers_only_that_an_administrator_named(kept, admin_user):
    assert credentials.secret_for(kept, "anywhere.example") == SECRET

    hosts = "SFTP.example.com,\nstore.example.com"
    credentials.change(actor=admin_user, credential=kept, name="Depot", secret=None, hosts=hosts)
    kept.refresh_from_db()
    assert kept.hosts == "sftp.example.com store.example.com"
    assert credentials.secret_for(kept, "store.example.com") == SECRET
    with pytest.raises(DomainError) as caught:
        credentials.secret_for(kept, "evil.example")
    assert caught.value.code == "wrong_host"
    with pytest.raises(DomainError) as caught:
        credentials.change(
            actor=admin_user, credential=kept, name="Depot", secret=None, hosts="a/../b"
        )
    assert caught.value.code == "bad_host"


@pytest.mark.parametrize(
    ("stored", "host"),
    [
        ({"kind": "sftp", "host": "s.example", "user": "me"}, "s.example"),
        ({"kind": "ftps", "host": "f.example", "user": "me"}, "f.example"),
        ({"kind": "http", "url": "https://h.example:8443/in?x=1"}, "h.example"),
        ({"kind": "s3", "endpoint": "https://b.example", "bucket": "drop"}, "b.example"),
    ],
)
def test_each_destination_says_who_gets_the_credential(stored, host):
    kind = destinations.KINDS[stored["kind"]]
    assert kind.host_of(kind.read(stored)) == host


def test_names_are_unique(kept, admin_user):
    with pytest.raises(DomainError) as caught:
        credentials.create(actor=admin_user, name="Depot ", kind=Kind.PASSWORD, secret=SECRET)
    assert caught.value.code == "name_taken"


def test_it_stays_while_it_is_used(kept, admin_user, integration):
    other = Integration.objects.create(
        label="Another", campaign=integration.campaign, file_credential=kept
    )
    assert list(credentials.used_by(kept)) == [other, integration]
    with pytest.raises(DomainError) as caught:
        credentials.delete(actor=admin_user, credential=kept)
    assert caught.value.code == "in_use"

    Integration.objects.all().delete()
    credentials.delete(actor=admin_user, credential=kept)
    assert not Credential.objects.exists()
    with pytest.raises(DomainError) as caught:
        credentials.delete(actor=admin_user, credential=kept)
    assert caught.value.code == "gone"


@pytest.mark.parametrize("who", ["agency", "agency2", "partner_user"])
def test_only_administrators_may(request, kept, who):
    actor = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        credentials.create(actor=actor, name="Mine", kind=Kind.PASSWORD, secret=SECRET)
    with pytest.raises(PermissionDenied):
        credentials.change(actor=actor, credential=kept, name="Mine", secret=SECRET)
    with pytest.raises(PermissionDenied):
        credentials.delete(actor=actor, credential=kept)


def test_the_audit_tells_what_was_done_without_the_secret(kept, admin_user):
    credentials.change(
        actor=admin_user, credential=kept, name="Depot 2", secret={"password": "other-secret"}
    )
    credentials.delete(actor=admin_user, credential=kept)

    told = list(Entry.objects.order_by("pk").values_list("action", "subject", "details"))
    subject = f"credential {kept.pk}"
    assert told == [
        ("credential.created", subject, {"kind": "password"}),
        ("credential.changed", subject, {"fields": ["name", "secret"]}),
        ("credential.deleted", subject, {"kind": "password"}),
    ]


def test_the_command_rotates_all_or_none(kept, admin_user, settings, capsys):
    settings.VAULT_KEYS = [OTHER]
    credentials.create(actor=admin_user, name="Other", kind=Kind.PASSWORD, secret=SECRET)
    before = set(Credential.objects.values_list("name", "ciphertext"))
    settings.VAULT_KEYS = [NEW, OLD]
    with pytest.raises(CommandError):
        call_command("rotate_vault")
    assert set(Credential.objects.values_list("name", "ciphertext")) == before

    settings.VAULT_KEYS = [NEW, OLD, OTHER]
    call_command("rotate_vault")

    assert capsys.readouterr().out == "2 credentials encrypted with the newest key.\n"
    settings.VAULT_KEYS = [NEW]
    assert [credentials.secret_of(one) for one in Credential.objects.all()] == [SECRET, SECRET]
