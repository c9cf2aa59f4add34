"""One's own API keys, for those who may manage keys; other people's are the admin's matter."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from convertr.accounts import keys
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.accounts.forms import OwnKeyForm

PERMISSION = "accounts.manage_api_keys"


@permission_required(PERMISSION)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_keys(request: SignedInRequest) -> HttpResponse:
    """The keys that act for this person; POST makes one and shows it this once."""
    form = OwnKeyForm(request.POST if request.method == "POST" else None)
    made = None
    if form.is_valid():
        made = keys.create_key(actor=request.user, user=request.user, **form.cleaned_data)
        form = OwnKeyForm()
    context = {"form": form, "made": made, "keys": request.user.api_keys.all()}
    status = 422 if form.errors else 200
    return render(request, "accounts/keys.html", context, status=status)


@permission_required(PERMISSION)
@require_POST
def revoke_key(request: SignedInRequest, key_id: int) -> HttpResponse:
    """End a key of one's own; someone else's is not there."""
    key = get_object_or_404(request.user.api_keys, pk=key_id)
    keys.revoke_key(actor=request.user, key=key)
    messages.success(request, _("The key “%(name)s” has ended.") % {"name": key.name})
    return redirect("accounts:keys")
