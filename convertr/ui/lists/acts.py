"""What a person does on a list's page by POST: columns, views, export. `act` names it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from convertr.accounts.access import DoorMixin, SignedInRequest
from convertr.errors import DomainError
from convertr.jobs.models import Job
from convertr.ui.lists import saved
from convertr.ui.lists.definition import List, Query
from convertr.ui.lists.export import export
from convertr.ui.models import SavedView
from convertr.ui.responses import toast


class ListActs(List, DoorMixin):
    """The POST side of a list; the state on which the person acts comes as `query`."""

    request: SignedInRequest
    query: Query
    http_method_names = ["get", "post", "head"]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.allows(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: SignedInRequest) -> HttpResponseBase:
        acts: dict[str, Callable[[], HttpResponseBase]] = {
            "columns": self.save_columns,
            "reset_columns": self.reset_columns,
            "save_view": self.save_view,
            "delete_view": self.delete_view,
            "export": self.export,
        }
        act = acts.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        self.query = Query(type(self), request.user, QueryDict(request.POST.get("query", "")))
        try:
            return act()
        except DomainError as error:
            return self.refuse(error)

    def save_columns(self) -> HttpResponseBase:
        columns = self.request.POST.getlist("columns")
        saved.save_columns(actor=self.request.user, list_class=type(self), columns=columns)
        return self.shown_again()

    def reset_columns(self) -> HttpResponseBase:
        saved.reset_columns(actor=self.request.user, list_class=type(self))
        return self.shown_again()

    def shown_again(self) -> HttpResponseBase:
        """The list with the columns that are now the person's own."""
        params = self.query.shown.copy()
        params.pop("columns", None)
        self.query = Query(type(self), self.request.user, params)
        return self.show() if self.request.htmx else self.back()

    def save_view(self) -> HttpResponseBase:
        query = self.query.shown.copy()
        query["columns"] = ",".join(self.query.columns)
        view = saved.save_view(
            actor=self.request.user,
            list_class=type(self),
            name=self.request.POST.get("name", ""),
            query=query,
            shared="shared" in self.request.POST,
        )
        return self.views_again(_("The view “%(name)s” is saved.") % {"name": view.name})

    def delete_view(self) -> HttpResponseBase:
        number = self.request.POST.get("view", "")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Http404
        try:
            saved.delete_view(actor=self.request.user, list_class=type(self), view_id=int(number))
        except SavedView.DoesNotExist:
            raise Http404 from None
        return self.views_again(_("The view is deleted."))

    def views_again(self, text: str) -> HttpResponseBase:
        """The menu of views as it is now."""
        if not self.request.htmx:
            messages.success(self.request, text)
            return self.back()
        context = {"list": self, "query": self.query.shown.urlencode(), **self.views_context()}
        return toast(render(self.request, "ui/list_views.html", context), text)

    def export(self) -> HttpResponseBase:
        made = export(self.query, self.request.POST.get("format", ""))
        if not isinstance(made, Job):
            return made
        text = _("This export is large. It is being made; the bell tells when it is done.")
        messages.success(self.request, text)
        return self.back()

    def refuse(self, error: DomainError) -> HttpResponseBase:
        """Why it can't be done, as a toast; the page stays as it is."""
        if not self.request.htmx:
            messages.error(self.request, str(error))
            return self.back()
        response = HttpResponse(status=422, headers={"HX-Reswap": "none"})
        return toast(response, error.text, level="error")

    def back(self) -> HttpResponse:
        return HttpResponseRedirect(f"{self.request.path}?{self.query.shown.urlencode()}")

    def show(self) -> HttpResponse:
        """The list's page or region."""
        raise NotImplementedError

    def views_context(self) -> dict[str, Any]:
        """What the menu of views shows."""
        raise NotImplementedError
