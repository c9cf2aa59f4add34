"""Pages that belong to the frame: the bell, one's settings, refusals."""

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.account.views import email as allauth_email
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from convertr.accounts.models import User, time_zones
from convertr.ui import notifications
from convertr.ui.context import Frame
from convertr.ui.middleware import SIGNED_OUT, sign_in_again
from convertr.ui.responses import htmx


@login_required
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """One's last notifications; looking at them is reading them."""
    user = _user(request)
    lines = notifications.latest(user=user)
    notifications.mark_read(user=user)
    return render(request, "ui/bell.html", {"lines": lines})


@require_GET
def bell_count(request: HttpRequest) -> HttpResponse:
    """How many are new; the frame asks every 30 seconds.

    Nobody asked for it, so a session that has ended shows at the next thing that one does.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    return render(request, "ui/frame/bell_count.html", {"unread": Frame(request).unread})


class SettingsForm(forms.ModelForm[User]):
    """What a person may change about oneself."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Times are shown in this zone, and in UTC when you point at them."),
        choices=lambda: [(z, z.replace("_", " ")) for z in sorted(time_zones())],
    )

    class Meta:
        model = User
        fields = ("full_name", "time_zone", "mail_notices")


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own settings."""
    form = SettingsForm(request.POST or None, instance=_user(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("ui:account")
    return render(request, "ui/account.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def email(request: HttpRequest) -> HttpResponse:
    """Change the address that one signs in with; it counts once the link sent to it was opened.

    A session left open is not enough: whoever has the address can have a new password sent to it.

    allauth keeps addresses in a table of its own. Nobody signs up here, so the present address
    has been vouched for; without its row allauth would take it for one still to be verified.
    """
    user = _user(request)
    vouched = {"verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=vouched)
    response: HttpResponse = allauth_email(request)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than the sign-in that it was made for, or from elsewhere (CSRF_FAILURE_VIEW).

    A page of htmx reloads with a new token and gets back what was typed (drafts.js).
    """
    if not htmx(request):
        return render(request, "403_csrf.html", status=403)
    if not request.user.is_authenticated:
        return sign_in_again(request)
    return HttpResponse(status=204, headers={"HX-Refresh": "true", SIGNED_OUT: "1"})


def _user(request: HttpRequest) -> User:
    """The signed-in person; behind login_required."""
    assert isinstance(request.user, User)  # noqa: S101 - tells mypy what login_required promises
    return request.user
