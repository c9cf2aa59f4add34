"""A real Chromium on a real server; `page` fails its test on any script error or CSP violation."""

import os
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import Client
from playwright.sync_api import expect

from tests import workers

# Two cores do much at once here: what is waited for may take its time.
expect.set_options(timeout=20_000)
HERE = Path(__file__).parent
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
# What is true in the light is in the dark, but for the colours.
DARK = {**AXE_OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
# The new colours have to be painted before they are judged.
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Chromium draws its address bar's suggestions as pages of their own, for each of ours: more work
# than ours. Of several such options the last counts: Playwright's features stand here again.
NOT_DRAWN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
LEFT_OUT_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints",
    "NetworkTimeServiceQuerying", "PreconnectToSearch",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """CHROMIUM_PATH, a Chromium on PATH, else Playwright's own."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)
    own = {"executable_path": found} if found else {}
    without = f"--disable-features={','.join((*LEFT_OUT_BY_PLAYWRIGHT, *NOT_DRAWN))}"
    return {
        **browser_type_launch_args,
        **own,
        "args": ["--no-sandbox", "--disable-dev-shm-usage", without],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
        "locale": "en-GB",
    }


@pytest.fixture
def page(page):
    """pytest-playwright's page, with an eye on what only the console would tell."""
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.extend(complaints(message)))
    yield page
    assert wrong == []


def complaints(message):
    """Errors of the console but for a status of 400 or more, which tests provoke on purpose."""
    provoked = ("Failed to load resource", "Response Status Error Code")
    if message.type == "error" and not any(words in message.text for words in provoked):
        yield message.text


@pytest.fixture(scope="session", autouse=True)
def kept_static_files():
    """A page's files are asked for once a test; whitenoise says so to people's browsers, too."""
    with pytest.MonkeyPatch.context() as patch:
        serve = StaticFilesHandler.serve

        def kept(self, request):
            answer = serve(self, request)
            answer["Cache-Control"] = "max-age=600"
            return answer

        patch.setattr(StaticFilesHandler, "serve", kept)
        yield


@pytest.fixture(scope="session")
def standing_worker(django_db_setup):
    """One worker for all tests, since its start takes longer than most; it takes nothing yet."""
    name = "standing"
    with workers.stopped_after(workers.worker(name, queues="rest")):
        yield name


@pytest.fixture
def worker(standing_worker):
    """A worker for the time of the test."""
    with workers.consuming(standing_worker, "celery", "soon", "ticks"):
        yield


@pytest.fixture
def signed_in(live_server):
    """signed_in(page, user): from now on the page's requests are that person's."""

    def sign_in(page, user):
        client = Client()
        client.force_login(user)
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        return page

    return sign_in


@pytest.fixture
def axe():
    """axe(page): no violation of WCAG, in light and dark, once the page has what it asked for.

    `within`, a selector: only there, where the rest was looked at before.
    """

    def check(page, within=None):
        expect(page.locator(".htmx-request")).to_have_count(0)
        for scheme, options in (("light", AXE_OPTIONS), ("dark", DARK)):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(TWO_FRAMES)
            found = violations(page, within, options)
            assert [_told(violation, scheme) for violation in found] == []

    return check


def violations(page, within, options):
    """What axe finds. Its script is large, so that it is loaded once a page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    run = "async ([within, options]) => (await axe.run(within ?? document, options)).violations"
    return page.evaluate(run, [within, options])


def _told(violation, scheme):
    nodes = [node["html"][:200] for node in violation["nodes"][:5]]
    return f"{scheme}: {violation['id']}: {violation['help']}: {nodes}"
