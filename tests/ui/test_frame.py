"""The frame's server side: doors, bell, settings, lost sessions, refusals."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import ResolverMatch
from django.utils import timezone

from convertr.ui import registry as ui
from convertr.ui.context import Frame, active_key
from convertr.ui.models import Notification
from convertr.ui.notifications import render
from convertr.ui.responses import close_modal, toast
from tests.factories import make_user

POLICY = "script-src"
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/account/?tab=2"}


@pytest.fixture
def own_registry(monkeypatch):
    """An empty registry, so that apps' doors don't matter here."""
    empty = ui.Registry()
    monkeypatch.setattr(ui, "registry", empty)
    return empty


def _nothing(_request, _thing):
    return {}


def frame_of(user, **cookies):
    request = RequestFactory().get("/account/")
    request.user = user
    request.COOKIES = cookies
    request.resolver_match = None
    return Frame(request)


# --- registry ---------------------------------------------------------------------------------


def test_doors_stand_by_section_and_order_and_only_for_those_who_may(
    own_registry, agency, partner_user
):
    ui.register_nav(
        ui.NavItem("b", "Beta", "ui:account", "user", 20),
        ui.NavItem("a", "Alpha", "ui:bell", "user", 10, visible=ui.staff_only),
        ui.NavItem("t", "Tool", "mfa_index", "user", 1, section="tools"),
    )

    def labels(user):
        return [[link.label for link in section.links] for section in frame_of(user).nav]

    assert labels(agency) == [["Alpha", "Beta"], ["Tool"]]
    assert labels(partner_user) == [["Beta"], ["Tool"]]


def test_a_door_shows_its_count(own_registry, agency):
    ui.register_nav(ui.NavItem("a", "Alpha", "ui:account", "user", count=lambda _: 7))
    assert frame_of(agency).nav[0].links[0].count == 7


@pytest.mark.parametrize(
    ("view_name", "active"),
    [("shop:list", "list"), ("shop:detail", "list"), ("shop:other", ""), ("bell:x", "bell")],
)
def test_the_door_of_an_objects_page_is_its_lists(view_name, active):
    items = [
        ui.NavItem("list", "", "shop:list", "", also=("shop:detail",)),
        ui.NavItem("sent", "", "shop:sent", ""),
        ui.NavItem("bell", "", "bell:list", ""),
    ]
    namespace, _, name = view_name.partition(":")
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(
        lambda _: None, (), {}, name, [namespace], [namespace], ""
    )
    assert active_key(request, items) == active


def test_every_registered_door_command_and_search_has_an_address(admin_user):
    frame = frame_of(admin_user)
    assert all(link.url for section in frame.nav for link in section.links)
    assert all(command.url for command in frame.commands)
    assert all(Frame.SLOT in target.url for target in frame.go_to)


def test_registering_twice_replaces(own_registry, agency):
    for label in ("Old", "New"):
        ui.register_card(ui.DashboardCard("k", label, "t.html", dict))
    assert [card.title for card in ui.cards_for(agency)] == ["New"]


def test_panels_of_a_page(own_registry, agency, partner_user):
    panel = ui.Panel("offer", "k", "Title", "mark.html", _nothing)
    secret = ui.Panel("offer", "s", "Secret", "mark.html", _nothing, 1, ui.staff_only)
    ui.register_panel(panel, secret)
    assert [p.key for p in ui.panels_for("offer", agency)] == ["s", "k"]
    assert [p.key for p in ui.panels_for("offer", partner_user)] == ["k"]
    assert ui.panels_for("conversion", agency) == []


# --- the page ---------------------------------------------------------------------------------


def test_unknown_preferences_are_ignored(agency):
    frame = frame_of(agency, scheme='"><script>', nav="icons")
    assert frame.preferences == {"scheme": "system", "nav": "icons", "density": "normal"}


def test_the_frame_costs_session_user_bell_and_open_requests_only(
    client, agency, django_assert_max_num_queries
):
    client.force_login(agency)
    with django_assert_max_num_queries(7):
        client.get("/account/")


def test_no_inline_script_and_no_inline_style(client, agency):
    client.force_login(agency)
    response = client.get("/account/")
    page = response.content.decode()
    assert " style=" not in page
    assert "hx-on" not in page
    assert "<script>" not in page
    assert "'unsafe-inline'" not in response["Content-Security-Policy"]
    assert "'unsafe-eval'" not in response["Content-Security-Policy"]


def test_a_name_is_escaped(client, db):
    client.force_login(make_user("x@example.test", full_name="<b>Bold</b> & Co"))
    page = client.get("/account/").content.decode()
    assert "<b>Bold</b>" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in page


def test_icons_of_pills_and_doors_are_in_the_sprite(settings):
    from convertr.ui.templatetags.ui import PILLS

    sprite = (settings.BASE_DIR / "static/icons/sprite.svg").read_text()
    used = {sign for _, sign in PILLS.values()}
    used |= {item.icon for item in ui.registry.nav.values()}
    used |= {command.icon for command in ui.registry.commands.values()}
    used |= {target.icon for target in ui.registry.go_to.values()}
    assert {name for name in used if f'id="{name}"' not in sprite} == set()


def test_pill_says_its_word_beside_its_colour():
    html = Template("{% load ui %}{% pill 'rejected' word %}").render(
        Context({"word": "<Rejected>"})
    )
    assert "pill-red" in html
    assert "&lt;Rejected&gt;" in html


def test_a_moment_is_relative_within_a_day_and_exact_on_it():
    old = datetime(2026, 1, 2, 15, 4, tzinfo=UTC)
    html = Template("{% load ui %}{% moment at %} {{ at }}").render(Context({"at": old}))
    assert ">2 Jan 2026, 15:04</time>" in html
    assert "(2026-01-02 15:04:00 UTC)" in html
    assert html.endswith(" 2 Jan 2026, 15:04")
    html = Template("{% load ui %}{% moment at %}").render(Context({"at": timezone.now()}))
    assert "just now" in html


# --- settings ---------------------------------------------------------------------------------


def test_settings_are_saved(client, agency):
    client.force_login(agency)
    response = client.post("/account/", {"full_name": "Ada A.", "time_zone": "Asia/Tokyo"})
    assert response.status_code == 302
    agency.refresh_from_db()
    assert (agency.full_name, agency.time_zone) == ("Ada A.", "Asia/Tokyo")


def test_settings_refuse_an_unknown_zone_and_change_nothing_else(client, agency):
    client.force_login(agency)
    data = {"full_name": "Ada", "time_zone": "Mars/Base", "role": "admin"}
    assert client.post("/account/", data).status_code == 422
    agency.refresh_from_db()
    assert (agency.time_zone, agency.role) == ("UTC", "agency")


def test_a_zone_that_the_machine_does_not_know_shows_utc(client, agency):
    type(agency).objects.filter(pk=agency.pk).update(time_zone="Mars/Base")
    client.force_login(agency)
    assert client.get("/ui/bell").status_code == 200


# --- bell -------------------------------------------------------------------------------------


def test_the_bell_shows_ones_own_twenty_and_marks_them_read(client, agency, agency2, own_registry):
    ui.registry.notifications["k"] = lambda params: f"<Line {params['n']}>"
    for n in range(25):
        Notification.objects.create(user=agency, kind="k", params={"n": n}, url="/account/")
    Notification.objects.create(user=agency2, kind="k", params={"n": 99}, url="/account/")
    client.force_login(agency)
    assert "25" in client.get("/ui/bell/count").content.decode()
    page = client.get("/ui/bell").content.decode()
    assert page.count("bell-item") == 20
    assert "&lt;Line 24&gt;" in page
    assert "Line 99" not in page
    assert Notification.objects.unread_of(agency).count() == 0
    assert Notification.objects.unread_of(agency2).count() == 1


def test_a_notification_of_an_unknown_kind_still_reads(agency):
    assert render(Notification(user=agency, kind="gone", params={}))


@pytest.mark.parametrize("path", ["/ui/bell", "/account/"])
def test_signed_out_goes_to_sign_in(client, db, path):
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize(("path", "method"), [("/ui/bell", "post"), ("/account/", "delete")])
def test_wrong_method(client, agency, path, method):
    client.force_login(agency)
    assert getattr(client, method)(path).status_code == 405


# --- lost sessions ----------------------------------------------------------------------------


def test_a_fragment_after_the_session_ended_leads_the_page_to_sign_in(client, db):
    response = client.get("/ui/bell", **HTMX)
    assert response.status_code == 204
    assert response.content == b""
    assert response["HX-Redirect"] == "/accounts/login/?next=/account/%3Ftab%3D2"
    assert response["X-Signed-Out"] == "1"


def test_sign_in_never_leads_to_another_site(client, db):
    response = client.get(
        "/ui/bell", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="https://evil.test/account/"
    )
    assert response["HX-Redirect"] == "/accounts/login/?next=/"


def test_a_polled_count_never_takes_the_page_away(client, db):
    response = client.get("/ui/bell/count", **HTMX)
    assert response.status_code == 204
    assert "HX-Redirect" not in response


def test_other_redirects_of_fragments_stay(client, agency):
    client.force_login(agency)
    data = {"full_name": "Ada", "time_zone": "UTC"}
    response = client.post("/account/", data, **HTMX)
    assert response["Location"] == "/account/"


def test_a_page_and_its_fragment_are_cached_apart(client, agency):
    client.force_login(agency)
    assert "HX-Request" in client.get("/account/")["Vary"]


def test_an_old_form_is_refused_in_plain_words(agency):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(agency)
    response = strict.post("/account/", {"full_name": "Ada"})
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_an_old_form_of_htmx_reloads_its_page_and_keeps_the_draft(agency):
    strict = Client(enforce_csrf_checks=True)
    signed_out = strict.post("/account/", {}, **HTMX)
    assert signed_out["HX-Redirect"].startswith("/accounts/login/")
    strict.force_login(agency)
    response = strict.post("/account/", {"full_name": "Ada"}, **HTMX)
    assert (response.status_code, response["HX-Refresh"]) == (204, "true")
    assert response["X-Signed-Out"] == "1"


# --- answers and refusals ---------------------------------------------------------------------


def test_toast_and_close_travel_together():
    response = toast(close_modal(), "Done", url="/x", link="Show")
    assert response.status_code == 204
    assert '"toast": {"level": "success", "text": "Done"' in response["HX-Trigger"]
    assert '"closeModal"' in response["HX-Trigger"]


def test_toast_keeps_the_response():
    assert toast(HttpResponse("x"), "No", level="error").content == b"x"


@pytest.mark.parametrize("who", ["agency", None])
def test_not_found_inside_and_outside_the_frame(client, request, db, who):
    if who:
        client.force_login(request.getfixturevalue(who))
    response = client.get("/there-is-no-such-page")
    page = response.content.decode()
    assert response.status_code == 404
    assert "There is nothing here" in page
    assert ('id="nav"' in page) == bool(who)


def test_a_fault_says_nothing_of_itself(client, db, monkeypatch, agency):
    client.raise_request_exception = False
    client.force_login(agency)
    monkeypatch.setattr("convertr.ui.notifications.latest", lambda user: user / 0)
    response = client.get("/ui/bell")
    page = response.content.decode()
    assert response.status_code == 500
    assert "Something went wrong here" in page
    assert "division" not in page
