"""What the settings ask for in production, read in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = "from convertr import settings; print(getattr(settings, '{}', None))"


def read(name, tmp_path, **changes):
    """(a setting as text, what was complained of) in production, with the environment changed."""
    environment = {
        "PATH": os.environ["PATH"],
        "PRODUCTION": "1",
        "SECRET_KEY": "only-for-this-test",
        "VAULT_KEYS": "only,for-this-test",
        "EMAIL_URL": "smtp://mail.example:25",
        "DATABASE_URL": "postgres://none/none",
        "REDIS_URL": "redis://none",
        "CONVERTR_DATA": str(tmp_path),
        **changes,
    }
    environment = {key: value for key, value in environment.items() if value is not None}
    command = [sys.executable, "-c", READ.format(name)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("given", ["", None])
@pytest.mark.parametrize("name", ["SECRET_KEY", "VAULT_KEYS", "EMAIL_URL"])
def test_what_is_required_is_named(tmp_path, name, given):
    shown, complaint = read("PRODUCTION", tmp_path, **{name: given})

    assert shown == ""
    assert f"Set {name}" in complaint


def test_outside_production_mail_is_printed(tmp_path):
    shown, _complaint = read("EMAIL_BACKEND", tmp_path, PRODUCTION="0", EMAIL_URL=None)

    assert shown == "django.core.mail.backends.console.EmailBackend"


def test_a_mail_server_that_hangs_is_given_up(tmp_path):
    assert read("EMAIL_TIMEOUT", tmp_path)[0] == "10"


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, "1"),
        ({"BEHIND_TLS_PROXY": "0"}, "0"),
        ({"PRODUCTION": "0"}, "0"),
        ({"TRUSTED_PROXY_COUNT": "2"}, "2"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(tmp_path, changes, count):
    assert read("ALLAUTH_TRUSTED_PROXY_COUNT", tmp_path, **changes)[0] == count


def test_sign_in_is_limited_by_the_address_that_the_proxy_saw(client, db, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/ip"}

    def fail(n, seen):
        """Who guesses passwords writes any address in front of the proxy's."""
        data = {"login": f"nobody{n}@example.test", "password": "wrong-one"}
        forwarded = f"10.0.0.{n}, {seen}"
        return client.post("/accounts/login/", data, headers={"x-forwarded-for": forwarded})

    for n in range(3):
        answer = fail(n, "203.0.113.7")
    assert b"Too many failed" in answer.content
    assert b"Too many failed" not in fail(5, "203.0.113.8").content


def test_keys_of_the_vault_stand_newest_first(tmp_path):
    assert read("VAULT_KEYS", tmp_path)[0] == "['only', 'for-this-test']"


def test_outside_production_a_key_of_the_vault_is_made_once(tmp_path):
    data = tmp_path / "data"
    changes = {"PRODUCTION": "0", "VAULT_KEYS": None, "CONVERTR_DATA": str(data)}
    first, second = (read("VAULT_KEYS", tmp_path, **changes)[0] for _ in range(2))

    assert first == second == f"['{(data / 'vault_key').read_text()}']"
    assert (data / "vault_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in data.iterdir()] == ["vault_key"]
