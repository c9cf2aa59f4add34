"""The pages of partner postbacks: list, one with its log, form, and what can be done with it."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from conversions.partner_postbacks import resending, services
from conversions.partner_postbacks.access import event_for, may_manage, postback_for
from conversions.partner_postbacks.forms import FIELD_OF, PostbackForm
from conversions.partner_postbacks.log import is_moving, of_postback
from conversions.partner_postbacks.macros import SAMPLE, fill_in
from conversions.partner_postbacks.models import PartnerPostback, PostbackEvent
from conversions.partner_postbacks.switching import PERMISSION
from conversions.partner_postbacks.tables import PostbackFilters, PostbackTable, state_of
from conversions.rules import Status
from convertr.accounts.access import SignedInRequest, permission_required
from convertr.accounts.models import User
from convertr.errors import DomainError
from convertr.ui.lists import ListView
from convertr.ui.responses import close_modal, toast

FOLDER = "conversions/partner_postbacks"


class PostbackList(ListView):
    """The postbacks that a person may manage, newest first."""

    name = "partner_postbacks"
    title = gettext_lazy("Postbacks")
    table_class = PostbackTable
    filterset_class = PostbackFilters
    actions_template = f"{FOLDER}/list_actions.html"
    empty_template = f"{FOLDER}/list_empty.html"
    search_label = gettext_lazy("Search by ID")

    @classmethod
    def allows(cls, user: User) -> bool:
        return may_manage(user)

    @classmethod
    def visible_to(cls, user: User) -> QuerySet[PartnerPostback]:
        return PartnerPostback.objects.visible_to(user)

    @classmethod
    def with_related(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("partner", "offer")

    @classmethod
    def columns_for(cls, user: User) -> list[str]:
        return _own(user, super().columns_for(user))

    @classmethod
    def filters_for(cls, user: User) -> list[str]:
        return _own(user, super().filters_for(user))


def _own(user: User, names: list[str]) -> list[str]:
    """A partner's people have one partner: no need to name it."""
    return [name for name in names if name != "partner" or not user.is_partner]


@permission_required(PERMISSION)
@require_GET
def detail(request: SignedInRequest, postback_id: int) -> HttpResponse:
    """A postback and its log; it looks again by itself while something is under way."""
    return _page(request, postback_for(request.user, postback_id))


def _page(request: SignedInRequest, postback: PartnerPostback, *, error: str = "") -> HttpResponse:
    log = of_postback(postback, request.GET.dict())
    state, word = state_of(postback)
    context = {
        "postback": postback,
        "state": state,
        "word": word,
        "statuses": ", ".join(str(Status(status).label) for status in postback.statuses),
        "preview": fill_in(postback.url, SAMPLE),
        "is_held": bool(postback.hold_until and postback.hold_until > timezone.now()),
        "log": log,
        "states": PostbackEvent.State.choices,
        "moving": is_moving(log.lines),
        "error": error,
    }
    return render(request, f"{FOLDER}/detail.html", context, status=422 if error else 200)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    """The form of a new one, in the dialog; POST makes it and leads to its page."""
    form = PostbackForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        postback=None,
        initial={"partner": request.GET.get("partner", "")},
    )
    if form.is_valid():
        partner = request.user.partner or form.cleaned_data["partner"]
        try:
            made = services.create(actor=request.user, partner=partner, values=form.cleaned_data)
        except DomainError as refused:
            _put(form, refused)
        else:
            return HttpResponseClientRedirect(made.get_absolute_url())
    return _form(request, form, None)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, postback_id: int) -> HttpResponse:
    """The form of one, in the dialog; POST writes it."""
    postback = postback_for(request.user, postback_id)
    form = PostbackForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        postback=postback,
        initial={name: getattr(postback, name) for name in services.FIELDS},
    )
    if form.is_valid():
        try:
            services.change(actor=request.user, postback=postback, values=form.cleaned_data)
        except DomainError as refused:
            _put(form, refused)
        else:
            return trigger_client_event(toast(close_modal(), _("Saved.")), "listChanged", {})
    return _form(request, form, postback)


def _put(form: PostbackForm, refused: DomainError) -> None:
    form.add_error(FIELD_OF.get(refused.code), str(refused))


def _form(
    request: SignedInRequest, form: PostbackForm, postback: PartnerPostback | None
) -> HttpResponse:
    context = {"form": form, "postback": postback}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/form.html", context, status=status)


@permission_required(PERMISSION)
@require_POST
def act(request: SignedInRequest, postback_id: int, name: str) -> HttpResponse:
    """on, off or test: the page anew, with why not where it was refused."""
    postback, error = postback_for(request.user, postback_id), ""
    if name not in ("on", "off", "test"):
        raise Http404
    try:
        if name == "test":
            services.test(actor=request.user, postback=postback)
        else:
            services.switch(actor=request.user, postback=postback, on=name == "on")
    except DomainError as refused:
        error = str(refused)
    return _again(request, postback_id, error)


@permission_required(PERMISSION)
@require_POST
def resend(request: SignedInRequest, postback_id: int, event_id: int) -> HttpResponse:
    """Send an event of the log once more."""
    postback, error = postback_for(request.user, postback_id), ""
    event = event_for(postback, event_id)
    try:
        resending.resend(actor=request.user, postback=postback, event=event)
    except DomainError as refused:
        error = str(refused)
    return _again(request, postback_id, error)


@permission_required(PERMISSION)
@require_POST
def resend_all(request: SignedInRequest, postback_id: int, state: str) -> HttpResponse:
    """Send all once more that were stopped, or have failed."""
    postback = postback_for(request.user, postback_id)
    if state not in resending.ALL_OF:
        raise Http404
    try:
        number = resending.resend_all(actor=request.user, postback=postback, state=state)
    except DomainError as refused:
        return _again(request, postback_id, str(refused))
    answer = _again(request, postback_id, "")
    if not number:
        nothing = _("Nothing was resent: these conversions have changed since.")
        return toast(answer, nothing, level="info")
    return toast(answer, _resent(number))


def _resent(number: int) -> str:
    if number == resending.MOST_AT_ONCE:
        return _("%(n)s will be sent again. Repeat it for the next.") % {"n": f"{number:,}"}
    text = ngettext("%(n)s will be sent again.", "%(n)s will be sent again.", number)
    return text % {"n": number}


def _again(request: SignedInRequest, postback_id: int, error: str) -> HttpResponse:
    """The page as it is now; without htmx by its own address."""
    if not request.htmx and not error:
        return redirect("conversions:partner_postbacks:detail", postback_id)
    return _page(request, postback_for(request.user, postback_id), error=error)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def delete(request: SignedInRequest, postback_id: int) -> HttpResponse:
    """The question, in the dialog; POST deletes it and leads to the list."""
    postback = postback_for(request.user, postback_id)
    if request.method == "GET":
        return render(request, f"{FOLDER}/delete.html", {"postback": postback})
    services.delete(actor=request.user, postback=postback)
    listed = redirect("conversions:partner_postbacks:list")
    return HttpResponseClientRedirect(listed.url) if request.htmx else listed
