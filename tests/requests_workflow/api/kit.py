"""Addresses and answers of /v1/conversion-requests."""

URL = "/v1/conversion-requests"


def refusal(answer, status):
    assert answer.status_code == status, answer.content
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]


def one(request, act=""):
    return f"{URL}/{request.pk}{'/' if act else ''}{act}"


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [record["conversion_request_id"] for record in answer.json()["conversion_requests"]]
