"""The page "API": one's own keys, a first call to copy, one's last calls.

Other people's keys are the admin's matter.
"""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from convertr.accounts import keys, tokens
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.accounts.forms import OwnKeyForm
from convertr.http_api import calls, examples

PERMISSION = "accounts.manage_api_keys"
MOST_SIGN_INS = 100


@permission_required(PERMISSION)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest) -> HttpResponse:
    """All about one's calls; POST makes a key and shows it this once."""
    form = OwnKeyForm(request.POST if request.method == "POST" else None)
    made = None
    if form.is_valid():
        made = keys.create_key(actor=request.user, user=request.user, **form.cleaned_data)
        form = OwnKeyForm()
    status = 422 if form.errors else 200
    context = {"form": form, "made": made, **_shown(request)}
    return render(request, "http_api/page.html", context, status=status)


def _shown(request: SignedInRequest) -> dict[str, Any]:
    lasting = list(request.user.api_keys.filter(expires_at=None))
    # Of sign-ins through the API the last ones: each makes a key for an hour.
    recent = Q(expires_at__gt=timezone.now() - timedelta(days=1))
    own = [*lasting, *request.user.api_keys.filter(recent)[:MOST_SIGN_INS]]
    site = request.build_absolute_uri("/").rstrip("/")
    return {
        "keys": lasting,
        "sign_ins": tokens.live(request.user)[:MOST_SIGN_INS],
        "calls": calls.last_of(own),
        "examples": examples.first_calls(request.user, site),
        "kept_days": calls.KEPT_DAYS,
    }


@permission_required(PERMISSION)
@require_POST
def revoke_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    """End a key or a sign-in of one's own; someone else's is not there."""
    key = get_object_or_404(request.user.api_keys, pk=key_id)
    keys.revoke_key(actor=request.user, key=key)
    told = _("The sign-in has ended.") if key.family_hash else _("The key “%(name)s” has ended.")
    messages.success(request, told % {"name": key.name})
    return redirect("http_api:page")
