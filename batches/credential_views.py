"""The credentials, for administrators only: listed, added, replaced, deleted, never shown."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from batches import credentials as keeping
from batches.access import VIEW, credential_for, require_credentials
from batches.forms.credential import CredentialForm
from batches.models import Credential, Integration
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.errors import DomainError

FOLDER = "batches"
door = permission_required(VIEW)


@dataclass(frozen=True)
class Kept:
    """A credential and the integrations that need it."""

    credential: Credential
    used_by: list[Integration]


@door
@require_GET
def credentials(request: SignedInRequest) -> HttpResponse:
    """All credentials by name, with what uses them."""
    require_credentials(request.user)
    context = {"kept": _all(), "kinds": Credential.Kind.choices}
    return render(request, f"{FOLDER}/credentials.html", context)


@sensitive_post_parameters()
@door
@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest, kind: str) -> HttpResponse:
    """The dialog of a new one of a kind; POST keeps it."""
    require_credentials(request.user)
    if kind not in Credential.Kind.values:
        raise Http404
    form = CredentialForm(request.POST if request.method == "POST" else None, kind=kind)
    if form.is_valid():
        try:
            keeping.create(
                actor=request.user,
                name=form.cleaned_data["name"],
                kind=kind,
                secret=form.secret() or {},
                hosts=form.cleaned_data.get("hosts", ""),
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            return _done(request, _("The credential is kept."))
    return _dialog(request, form, None)


@sensitive_post_parameters()
@door
@require_http_methods(["GET", "POST"])
def replace(request: SignedInRequest, credential_id: int) -> HttpResponse:
    """The dialog that renames one and takes another secret; the kept one is not in it."""
    kept = credential_for(request.user, credential_id)
    data = request.POST if request.method == "POST" else None
    form = CredentialForm(data, kind=kept.kind, kept=kept)
    if form.is_valid():
        try:
            keeping.change(
                actor=request.user,
                credential=kept,
                name=form.cleaned_data["name"],
                secret=form.secret(),
                hosts=form.cleaned_data.get("hosts"),
            )
        except DomainError as refused:
            form.refuse(refused)
        else:
            return _done(request, _("Saved."))
    return _dialog(request, form, kept)


@door
@require_http_methods(["GET", "POST"])
def delete(request: SignedInRequest, credential_id: int) -> HttpResponse:
    """The dialog that asks, or says what needs it; POST deletes."""
    kept, refused = credential_for(request.user, credential_id), None
    if request.method == "POST":
        try:
            keeping.delete(actor=request.user, credential=kept)
        except DomainError as error:
            refused = error
        else:
            return _done(request, _("The credential is deleted."))
    used_by = list(keeping.used_by(kept))
    context = {"kept": kept, "used_by": used_by, "refused": refused}
    status = 422 if refused else 200
    return render(request, f"{FOLDER}/credential_delete.html", context, status=status)


def _all() -> list[Kept]:
    """Two queries, however many."""
    found = list(Credential.objects.defer("ciphertext").select_related("created_by"))
    needs = Q(credential__isnull=False) | Q(file_credential__isnull=False)
    uses: dict[int | None, list[Integration]] = defaultdict(list)
    for one in Integration.objects.filter(needs).order_by("label", "pk"):
        for pk in {one.credential_id, one.file_credential_id}:
            uses[pk].append(one)
    return [Kept(one, uses[one.pk]) for one in found]


def _dialog(
    request: SignedInRequest, form: CredentialForm, kept: Credential | None
) -> HttpResponse:
    label = Credential.Kind(form.kind).label
    context = {"form": form, "kept": kept, "kind": form.kind, "label": label}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/credential.html", context, status=status)


def _done(request: SignedInRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    listed = redirect("batches:credentials")
    return HttpResponseClientRedirect(listed.url) if request.htmx else listed
