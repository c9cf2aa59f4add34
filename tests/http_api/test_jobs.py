"""What became of a write: GET /v1/jobs/{id} and its rows."""

import pytest

from conversions.status_csv.services import verify_csv
from convertr.accounts.models import Scope
from convertr.jobs.models import Job
from tests.factories import make_conversion, make_conversions, run_job
from tests.http_api.conftest import Caller

pytestmark = pytest.mark.django_db
URL = "/v1/networks/reporting/conversions"


def write(caller, ids, status="approved"):
    answer = caller.call("PATCH", URL, {"conversion_ids": ids, "conversion_status": status})
    return answer["Location"], Job.objects.get(pk=answer["X-Job-Id"])


def test_a_job_as_the_specification_has_it(network, agency):
    conversion = make_conversion()
    path, job = write(network, [conversion.uuid.hex, "0" * 32])

    assert network.call("GET", path).json() == {
        "id": job.pk,
        "kind": "conversions.api_status",
        "state": "done",
        "total": 2,
        "counts": {"applied": 1, "not_found": 1},
        "requested_by": agency.full_name,
        "created_unix_timestamp": int(job.created_at.timestamp()),
        "finished_unix_timestamp": int(job.finished_at.timestamp()),
        "error": "",
    }


def test_each_id_has_its_fate(network):
    conversion, gone = make_conversion(), "0" * 32
    path, _job = write(network, [conversion.uuid.hex, gone, "x y"])

    answer = network.call("GET", f"{path}/rows").json()

    assert answer["paging"] == {"page": 1, "page_size": 50, "total_count": 3}
    first, second, third = answer["rows"]
    assert first == {
        "line": 1,
        "input": [conversion.uuid.hex],
        "target_id": conversion.pk,
        "outcome": "applied",
        "code": None,
        "error": "",
    }
    assert (second["input"], second["outcome"], second["target_id"]) == ([gone], "not_found", None)
    assert (third["outcome"], third["code"]) == ("invalid", "bad_uuid")
    assert second["error"]
    assert third["error"]


def test_rows_by_outcome_and_by_pages(network):
    ids = [conversion.uuid.hex for conversion in make_conversions(130)]
    path, job = write(network, [*ids, *("0" * 31 + d for d in "123")])
    assert network.call("GET", path).json()["finished_unix_timestamp"] is None
    run_job(job)

    def lines(query):
        answer = network.call("GET", f"{path}/rows?{query}").json()
        return [row["line"] for row in answer["rows"]], answer["paging"]["total_count"]

    assert lines("page_size=60") == (list(range(1, 61)), 133)
    assert lines("page_size=60&page=3") == (list(range(121, 134)), 133)
    assert lines("page=99") == ([], 133)
    assert lines("outcome=not_found") == ([131, 132, 133], 3)
    assert lines("outcome=conflict") == ([], 0)
    assert lines("outcome=nonsense") == ([], 0)


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page_size=-1", "page=1.5", "page=" + "9" * 30]
)
def test_a_page_that_is_none(network, query):
    path, _job = write(network, ["0" * 32])

    assert network.call("GET", f"{path}/rows?{query}").status_code == 400


def test_a_csvs_job_is_shown_the_same(network, agency):
    conversion = make_conversion()
    data = f"conversion_id,status\n{conversion.pk},APPROVED\nx,APPROVED\n".encode()
    job = verify_csv(actor=agency, name="a.csv", data=data)

    answer = network.call("GET", f"/v1/jobs/{job.pk}").json()
    rows = network.call("GET", f"/v1/jobs/{job.pk}/rows").json()["rows"]

    assert (answer["state"], answer["counts"]) == ("verified", {"ready": 1, "invalid": 1})
    assert [row["input"] for row in rows] == [[str(conversion.pk), "APPROVED"], ["x", "APPROVED"]]


def test_a_partner_sees_none_of_them(network, affiliate):
    path, _job = write(network, [make_conversion().uuid.hex])

    for address in (path, f"{path}/rows", "/v1/jobs/999999"):
        answer = affiliate.call("GET", address)
        assert (answer.status_code, answer.json()) == (404, {"error": "No job has this ID."})


def test_a_key_that_may_only_write_sees_its_persons_own(network, agency, agency2, admin_user):
    path, _job = write(network, [make_conversion().uuid.hex])

    assert Caller(agency, scopes=[Scope.CONVERSIONS]).call("GET", path).status_code == 200
    assert Caller(admin_user, scopes=[Scope.CONVERSIONS]).call("GET", path).status_code == 404
    assert Caller(agency2, scopes=[Scope.READ]).call("GET", path).status_code == 200


def test_a_page_of_rows_asks_as_much_whatever_its_size(network, django_assert_max_num_queries):
    ids = [conversion.uuid.hex for conversion in make_conversions(90)]
    path, _job = write(network, ids)

    with django_assert_max_num_queries(7):
        assert len(network.call("GET", f"{path}/rows?page_size=90").json()["rows"]) == 90
