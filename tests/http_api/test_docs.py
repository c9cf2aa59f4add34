"""OpenAPI at /v1/openapi.json and the page that shows it."""

import re

import pytest
from django.core.management import call_command

SCHEMES = {
    "EflowApiKey": {"type": "apiKey", "in": "header", "name": "X-Eflow-API-Key"},
    "BearerKey": {"type": "http", "scheme": "bearer"},
}
EITHER = [{"EflowApiKey": []}, {"BearerKey": []}]
OPEN = {"/v1/meta/timezones"}


@pytest.fixture(scope="module")
def schema():
    from convertr.api import v1

    return v1.get_openapi_schema()


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_there_for_everybody_without_a_query(client):
    answer = client.get("/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")


def test_both_ways_to_send_a_key_are_named(schema):
    assert schema["components"]["securitySchemes"] == SCHEMES


def test_every_call_takes_either_but_those_that_need_none(schema):
    found = {path: operation.get("security") for path, _method, operation in operations(schema)}

    assert {path for path, security in found.items() if security is None} <= OPEN
    assert all(security == EITHER for path, security in found.items() if path not in OPEN)


def test_every_call_is_described_and_names_its_refusals(schema):
    for path, method, operation in operations(schema):
        where = f"{method} {path}"
        assert operation.get("description"), where
        assert {"200", "201"} & set(map(str, operation["responses"])), where
        if path not in OPEN:
            assert {"401", "429"} <= set(map(str, operation["responses"])), where


def test_the_page_takes_all_from_here(client):
    page = client.get("/v1/docs")
    content = page.content.decode()

    assert page.status_code == 200
    assert "/v1/openapi.json" in content
    sources = re.findall(r'(?:src|href)="([^"]*)"', content)
    assert len(sources) == 4
    assert all(source.startswith("/static/") for source in sources)
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(r"<script(?! src| type=\"application/json\")|style=|<style", content)


def test_in_production_its_files_have_their_hashed_names(tmp_path, settings, client):
    """By the manifest that collectstatic makes, of every file, ninja's included."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    content = client.get("/v1/docs").content.decode()

    sources = re.findall(r'(?:src|href)="/static/([^"]*)"', content)
    assert len(sources) == 4
    for source in sources:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", source), source
        assert (tmp_path / source).is_file()
