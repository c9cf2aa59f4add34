"""OpenAPI at /api/v4/openapi.json, and the page that shows it."""

import pytest

OPEN = {"/api/login", "/api/token/refresh"}


@pytest.fixture(scope="module")
def operations():
    from convertr.api import v4

    paths = v4.get_openapi_schema()["paths"]
    return [(path, method, one) for path, of in paths.items() for method, one in of.items()]


def test_it_is_there_for_everybody_without_a_query(client):
    answer = client.get("/api/v4/openapi.json")

    assert answer.status_code == 200
    assert "/api/v4/leads-bulk-flag" in answer.json()["paths"]
    page = client.get("/api/v4/docs").content.decode()
    assert "/api/v4/openapi.json" in page


def test_every_call_is_described_and_names_its_refusals(operations):
    for path, method, operation in operations:
        where, told = f"{method} {path}", set(map(str, operation["responses"]))
        assert operation.get("description"), where
        assert {"200", "201", "202"} & told, where
        assert {"400", "401", "413", "429"} <= told, where
        assert (operation.get("security") is None) == (path in OPEN), where
        if operation.get("security") and method == "post" and "delivered" not in path:
            assert "409" in told, where
