"""What can be said of the image and the composition without an engine to run them."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from convertr import up
from convertr.celery import app

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SETTINGS = (ROOT / "convertr" / "settings.py").read_text()
# The keys of the Compose specification that we use; a misspelt one would be refused.
KEYS = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image"),
    *("ports", "read_only", "restart", "security_opt", "shm_size", "stop_grace_period"),
    *("tmpfs", "user", "volumes"),
}
# Read by prometheus-client itself, not by our settings.
FOREIGN = {"PROMETHEUS_MULTIPROC_DIR"}
OURS = ("migrate", "web", "worker", "soon", "ticks", "sender", "batches", "beat")


def test_the_processes_are_those_of_the_product():
    assert set(SERVICES) == {"postgres", "valkey", *OURS}
    assert set(COMPOSE) <= {"name", "services", "volumes"} | {
        key for key in COMPOSE if key.startswith("x-")
    }


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_checked_not_root_and_has_a_volume(name):
    service = SERVICES[name]
    assert set(service) <= KEYS
    assert service["user"] not in ("", "0", "root")
    assert [one.partition(":")[0] in COMPOSE["volumes"] for one in service["volumes"]] == [True]
    health = service["healthcheck"]
    assert health.get("disable") if name == "migrate" else health["test"][0] == "CMD"
    for other, condition in service.get("depends_on", {}).items():
        assert other in SERVICES
        assert condition["condition"] in ("service_healthy", "service_completed_successfully")


@pytest.mark.parametrize("name", OURS)
def test_each_setting_is_one_that_the_settings_read(name):
    for variable in set(SERVICES[name]["environment"]) - FOREIGN:
        assert f'"{variable}"' in SETTINGS, variable


@pytest.mark.parametrize("name", ["SECRET_KEY", "VAULT_KEYS", "EMAIL_URL"])
def test_what_production_requires_has_to_be_given(name):
    assert SERVICES["web"]["environment"][name] == f"${{{name}:?}}"


def test_each_management_command_exists():
    commands = [service.get("command", []) for service in SERVICES.values()]
    commands += [service["healthcheck"].get("test", ["CMD"])[1:] for service in SERVICES.values()]
    called = {
        words[2] for words in commands if isinstance(words, list) and words[1:2] == ["manage.py"]
    }
    assert called == {"migrate", "doctor"}
    assert called <= set(get_commands())


def test_each_queue_has_a_worker_in_both_ways_to_run_it():
    """Else ticks would pile up unseen, or wait behind long jobs."""
    queues = {app.conf.task_default_queue, *(r["queue"] for r in app.conf.task_routes.values())}
    composed = [service["command"] for service in SERVICES.values() if "command" in service]
    started = [program.command for program in up.programs("127.0.0.1", 8000)]
    for commands in (composed, started):
        words = [[str(word) for word in command] for command in commands]
        taken = [one[one.index("--queues") + 1] for one in words if "--queues" in one]
        assert sorted(taken) == sorted(queues) == ["batches", "celery", "outbound", "soon", "ticks"]


def test_a_tick_that_comes_late_is_not_carried_out():
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] <= entry["schedule"]


def test_the_image_installs_by_hash_and_does_not_run_as_root():
    assert "--require-hashes -r base.txt" in DOCKERFILE
    assert re.search(r"^USER convertr$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("collectstatic") < DOCKERFILE.index("USER convertr")


@pytest.mark.parametrize("name", ["base", "run", "dev", "uv"])
def test_every_pin_has_a_hash_and_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    hashed = r"^[a-z0-9][^\n]*==[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}"
    pins = re.findall(hashed, text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 0
    assert "://" not in text
