"""Accepting an invitation."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from convertr.accounts import invitations
from convertr.accounts.forms import AcceptForm
from convertr.accounts.models import Invitation
from convertr.errors import DomainError

SESSION_KEY = "invitation"


@never_cache
@require_GET
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link: its token moves to the session, so that no page's address has it."""
    request.session[SESSION_KEY] = token
    return redirect("accounts:accept_invitation")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Name and password of the person who followed a link; then one is signed in."""
    token = request.session.get(SESSION_KEY, "")
    try:
        invitation = invitations.find(token)
        data = request.POST if request.method == "POST" else None
        form = AcceptForm(data, invitation=invitation)
        if form.is_valid():
            return _accept(request, token, form)
    except DomainError as error:
        request.session.pop(SESSION_KEY, None)
        return _page(request, {"error": error}, status=410)
    return _page(request, {"form": form, "invitation": invitation}, 422 if form.errors else 200)


def _accept(request: HttpRequest, token: str, form: AcceptForm) -> HttpResponse:
    user = invitations.accept(
        token=token,
        full_name=form.cleaned_data["full_name"],
        password=form.cleaned_data["password"],
    )
    request.session.pop(SESSION_KEY, None)
    # As every sign-in, so that it is in the audit.
    get_adapter(request).login(request, user)
    messages.success(request, _("Welcome, %(name)s.") % {"name": user.full_name})
    return redirect("/")


def _page(
    request: HttpRequest, context: dict[str, AcceptForm | Invitation | DomainError], status: int
) -> HttpResponse:
    return render(request, "accounts/invitation.html", context, status=status)
