"""The table of moves (test_rules.py) through every door: service, page, API, admin, import.

Each person tries each move of a door on a request in each status. What the table allows happens,
and all else leaves the request as it was, with the answer that the door has for it.
"""

import itertools

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from convertr.accounts.models import Role
from convertr.accounts.permissions import grant
from convertr.errors import DomainError
from requests_workflow import rules
from requests_workflow.models import ConversionRequest
from requests_workflow.rules import FORBIDDEN, FOUR_EYES, NO_WAY, Move, Status
from requests_workflow.services import deciding, raising
from tests.factories import make_user
from tests.http_api.conftest import Caller
from tests.requests_workflow.conftest import RAISES
from tests.requests_workflow.importing.kit import imported
from tests.requests_workflow.test_rules import LEADS_ON, expected

pytestmark = pytest.mark.django_db
UNSEEN = "unseen"
# A person, its role in the table of test_rules.py, and whether the request is its own.
PEOPLE = {
    "raiser": ("raiser", True),
    "colleague of the raiser": ("raiser", False),
    "another partner": (UNSEEN, False),
    "agency": ("decider", False),
    "agency, own": ("decider", True),
    "agency with decide_own_request": ("owner", True),
    "agency that only reads": ("reader", False),
    "admin": ("decider", False),
    "admin, own": ("decider", True),
}
TEXT = "Because it is so"


@pytest.fixture
def people(raiser, other_raiser, agency, agency2, admin_user, partner):
    colleague = make_user(role=Role.PARTNER, partner=partner, permissions=RAISES)
    owner = make_user(full_name="Olga Own", permissions="all")
    grant(owner, [rules.DECIDE_OWN])
    for person in (agency2, *(p for p in (raiser, colleague, other_raiser))):
        grant(person, ["jobs.import_data"])
    return {
        "raiser": raiser,
        "colleague of the raiser": colleague,
        "another partner": other_raiser,
        "agency": agency,
        "agency, own": agency,
        "agency with decide_own_request": owner,
        "agency that only reads": agency2,
        "admin": admin_user,
        "admin, own": admin_user,
    }


@pytest.fixture
def in_status(offer, partner, raiser):
    """in_status(status, person) answers a request of that person in that status."""

    def made(status, person):
        return ConversionRequest.objects.create(
            type="create",
            status=status,
            offer=offer,
            event=offer.events.get(),
            partner=partner,
            wanted={"sub1": "x"},
            raised_by=person,
            raiser_partner=person.partner,
            decision_reason="No" if status == Status.REJECTED else "",
            failure_code="request_failed" if status == Status.FAILED else "",
        )

    return made


def by_service(actor, request, move):
    acts = {
        Move.ACCEPT: deciding.accept,
        Move.REJECT: lambda **how: deciding.reject(**how, reason=TEXT),
        Move.RETRY: deciding.retry,
        Move.EDIT: lambda **how: raising.edit(**how, wanted={"sub1": "y"}),
        Move.WITHDRAW: deciding.withdraw,
        Move.REOPEN: lambda **how: deciding.reopen(**how, comment=TEXT),
    }
    try:
        acts[move](actor=actor, request=request, version=1)
    except PermissionDenied:
        return FORBIDDEN
    except DomainError as error:
        return error.code
    return ""


def by_page(client, request, move):
    address = reverse(f"requests:{move}", args=[request.pk])
    answer = client.post(address, {"version": "1", "text": TEXT, "sub1": "y"})
    return {302: "", 422: "refused", 403: FORBIDDEN, 404: UNSEEN}[answer.status_code]


def by_api(caller, request, move):
    body = {"version": 1, **({"reason": TEXT} if move == Move.REJECT else {})}
    answer = caller.call("POST", f"/v1/conversion-requests/{request.pk}/{move}", body)
    return {200: "", 409: NO_WAY, 403: FORBIDDEN, 404: UNSEEN}[answer.status_code]


def by_admin(client, request, move):
    """The action with its page that asks for a reason; a refusal is told on it."""
    data = {
        "action": f"{move}_selected", "_selected_action": [request.pk], "confirmed": "1",
        f"version_{request.pk}": "1", "reason": TEXT,
    }  # fmt: skip
    address = reverse("admin:requests_workflow_conversionrequest_changelist")
    answer = client.post(address, data)
    return {302: "", 200: "refused", 403: FORBIDDEN}[answer.status_code]


def by_import(actor, request, move):
    """A row that gives the request another status, or asks for something else.

    What can't be done is found by Verify, or told of the row when it is applied. ACCEPTED tries a
    failed one again.
    """
    word = {Move.ACCEPT: "ACCEPTED", Move.REJECT: "REJECTED", Move.EDIT: "INQUIRED"}[move]
    cells = [
        str(request.pk), "CREATE", word, "y" if move == Move.EDIT else "",
        TEXT if move == Move.REJECT else "",
    ]  # fmt: skip
    columns = "conversion_request_id,request_type,request_status,sub1,reason"
    [row] = imported(actor, columns, cells).rows
    return {"applied": "", "not_found": UNSEEN}.get(row.outcome, "refused")


ALL = tuple(Move)
DECIDED = (Move.ACCEPT, Move.REJECT)


def told_as_expected(told, want):
    """Whether a door's word fits the table's: some doors only say that they refuse."""
    fits = {"refused": (NO_WAY, FOUR_EYES, FORBIDDEN), FORBIDDEN: (FORBIDDEN, FOUR_EYES)}
    return told == want or want in fits.get(told, ())


def tried(people, in_status, name, moves, act, *, retries=False):
    """Let one person try these moves in every status; collects what differs from the table.

    `retries`: accepting a failed one is trying it again.
    """
    role, own = PEOPLE[name]
    wrong = []
    for move, status in itertools.product(moves, Status):
        person = people[name]
        request = in_status(status, person if own else people["raiser"])
        want = UNSEEN if role == UNSEEN else expected(move, status, role, own)
        told = act(person, request, move)
        if retries and (move, status) == (Move.ACCEPT, Status.FAILED):
            move = Move.RETRY
            want = UNSEEN if role == UNSEEN else expected(move, status, role, own)
        now = ConversionRequest.objects.get(pk=request.pk)
        # Where it was accepted, its processing may have gone on.
        target = LEADS_ON.get((move, status)) if want == "" else str(status)
        moved = (now.status, now.version) == (target, 1 if want else 2)
        if not (moved and told_as_expected(told, want)):
            wrong.append((str(move), str(status), want, told, now.status, now.version))
    return wrong


@pytest.mark.parametrize("name", PEOPLE)
def test_through_the_service(people, in_status, name):
    def act(person, request, move):
        told = by_service(person, request, move)
        # It takes what was fetched: what isn't seen was a 404 before.
        return UNSEEN if PEOPLE[name][0] == UNSEEN and told == FORBIDDEN else told

    assert tried(people, in_status, name, ALL, act) == []


@pytest.mark.parametrize("name", PEOPLE)
def test_through_the_page(people, in_status, sign_in, without_frame, name):
    client = sign_in(people[name])

    def act(_person, request, move):
        return by_page(client, request, move)

    assert tried(people, in_status, name, ALL, act) == []


@pytest.mark.parametrize("name", PEOPLE)
def test_through_the_api(people, in_status, name):
    caller = Caller(people[name])

    def act(_person, request, move):
        return by_api(caller, request, move)

    assert tried(people, in_status, name, DECIDED, act, retries=True) == []


@pytest.mark.parametrize("name", ["admin", "admin, own"])
def test_through_the_admin(people, in_status, sign_in, name):
    client = sign_in(people[name])

    def act(_person, request, move):
        return by_admin(client, request, move)

    assert tried(people, in_status, name, (*DECIDED, Move.RETRY), act) == []


@pytest.mark.parametrize("name", PEOPLE)
def test_through_an_import(people, in_status, name):
    assert tried(people, in_status, name, (*DECIDED, Move.EDIT), by_import, retries=True) == []
