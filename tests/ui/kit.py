"""An urlconf with one page more: every component of the look, for axe and for the eye."""

from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.template import Context, RequestContext, Template
from django.urls import path

from convertr.ui.responses import close_modal, toast
from convertr.urls import urlpatterns as product

HERE = Path(__file__).parent / "templates"


def _render(request, name):
    template = Template((HERE / name).read_text())
    return HttpResponse(template.render(RequestContext(request, {"name": "x"})))


@login_required
def kit(request):
    for level in request.GET.getlist("message"):
        getattr(messages, level)(request, f"A message of level {level}.")
    return _render(request, "kit.html")


@login_required
def dialog(request):
    if request.method == "POST":
        return toast(close_modal(), "Renamed.", url="/kit?shown=1", link="Show")
    return _render(request, "kit_dialog.html")


def detail(request, number):
    return HttpResponse(Template(f"<p>Details of {number}</p>").render(Context()))


def forbidden(request):
    return HttpResponse(status=403)


urlpatterns = [
    *product,
    path("kit", kit),
    path("kit/dialog", dialog),
    path("kit/forbidden", forbidden),
    path("kit/rows/<int:number>", detail, name="kit_row"),
]
