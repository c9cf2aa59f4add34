"""What a selection means: ticked rows that one sees, or all that match, counted exactly."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from conversions.views import ConversionList
from convertr.errors import DomainError
from convertr.ui.lists import Selection
from tests.factories import make_conversions

pytestmark = pytest.mark.django_db
URL = "/v2/conversions"


def select(user, **posted):
    request = RequestFactory().post(URL, posted)
    request.user = user
    return Selection.from_request(request, ConversionList)


def refused(user, **posted):
    with pytest.raises(DomainError) as error:
        select(user, **posted)
    return error.value


def offered(client, query=""):
    """The hidden fields that "Select all matching" puts into the form."""
    response = client.get(f"{URL}?part=selection&{query}")
    offer = response.context["offer"]
    return {"all": "1", "query": offer.query, "ceiling": str(offer.ceiling)}


def test_ticked_rows_are_selected(agency):
    rows = make_conversions(4)
    selection = select(agency, ids=[rows[0].pk, rows[2].pk, rows[2].pk, "x", 10**30])
    assert selection.count == 2
    assert {c.pk for c in selection.queryset} == {rows[0].pk, rows[2].pk}
    assert not selection.all_matching


def test_what_one_does_not_see_is_not_selected(partner_user, partner):
    own, others = make_conversions(1, partner=partner), make_conversions(1)
    selection = select(partner_user, ids=[own[0].pk, others[0].pk])
    assert list(selection.queryset) == own
    assert refused(partner_user, ids=[others[0].pk]).code == "nothing_selected"


@pytest.mark.parametrize("ids", [[], ["x"], [10**30], ["-1"]])
def test_nothing_ticked_is_refused(agency, ids):
    assert refused(agency, ids=ids).code == "nothing_selected"


def test_all_matching_goes_past_the_page_but_not_past_the_filter(agency, sign_in):
    make_conversions(70, status="rejected")
    make_conversions(3, status="approved")
    selection = select(agency, **offered(sign_in(agency), "status=rejected"))
    assert selection.count == 70
    assert {c.status for c in selection.queryset} == {"rejected"}
    assert selection.all_matching


def test_what_arrives_after_selecting_all_stays_out(agency, sign_in):
    make_conversions(5)
    fields = offered(sign_in(agency))
    make_conversions(2)
    assert select(agency, **fields).count == 5


def test_the_default_time_range_holds_for_all_matching(agency, sign_in):
    make_conversions(2)
    make_conversions(3, converted_at=timezone.now() - timedelta(days=45))
    client = sign_in(agency)
    assert select(agency, **offered(client)).count == 2
    assert select(agency, **offered(client, "range=any")).count == 5


def test_many_need_the_exact_number_typed(agency, sign_in, settings):
    settings.SELECTION_TYPE_NUMBER_OVER = 3
    make_conversions(4)
    client = sign_in(agency)
    fields = offered(client)
    assert "Type 4 to go on" in client.get(f"{URL}?part=selection").text
    for typed in ("", "3", "5", "four"):
        error = refused(agency, **fields, confirm_count=typed)
        assert (error.code, error.params["count"]) == ("count_not_typed", 4)
    assert select(agency, **fields, confirm_count=" 4 ").count == 4


def test_a_number_may_be_typed_with_separators(agency, sign_in, settings):
    make_conversions(1_001)
    fields = offered(sign_in(agency))
    assert refused(agency, **fields).code == "count_not_typed"
    assert select(agency, **fields, confirm_count="1,001").count == 1_001


def test_more_than_the_limit_is_refused(agency, sign_in, settings):
    settings.SELECTION_MAX = 3
    rows = make_conversions(4)
    client = sign_in(agency)
    assert refused(agency, **offered(client)).code == "too_many_selected"
    assert refused(agency, ids=[row.pk for row in rows]).code == "too_many_selected"
    assert "More than 3 match" in client.get(f"{URL}?part=selection").text


@pytest.mark.parametrize(
    "fields",
    [{"ceiling": ""}, {"ceiling": "x"}, {"query": "offer=999999"}, {"query": "status=nonsense"},
     {"query": "since=yesterday"}],
)  # fmt: skip
def test_a_selection_that_makes_no_sense_is_refused(agency, sign_in, fields):
    """Above all a wrong filter never means "all"."""
    make_conversions(1)
    assert refused(agency, **{**offered(sign_in(agency)), **fields}).code == "bad_selection"
