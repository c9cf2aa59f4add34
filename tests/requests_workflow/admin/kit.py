"""Addresses of the admin, and how one decides in it."""

from django.urls import reverse

from tests.requests_workflow.kit import again

LIST = reverse("admin:requests_workflow_conversionrequest_changelist")
IMPORT = reverse("admin:requests_workflow_conversionrequest_import")
EXPORT = reverse("admin:requests_workflow_conversionrequest_export")
CSV, XLSX = "0", "1"


def page_of(request):
    return reverse("admin:requests_workflow_conversionrequest_change", args=[request.pk])


def choose(client, requests, act="accept", query=""):
    """The action as chosen in the list: the page that asks first."""
    chosen = [request.pk for request in requests]
    url = f"{LIST}?{query}" if query else LIST
    return client.post(url, {"action": f"{act}_selected", "_selected_action": chosen})


def confirm(client, requests, act="accept", **data):
    """That page's form, sent; the versions are those that the requests have, unless given."""
    versions = {f"version_{r.pk}": again(r).version for r in requests}
    chosen = [request.pk for request in requests]
    fields = {"action": f"{act}_selected", "_selected_action": chosen, "confirmed": "1"}
    return client.post(LIST, {**fields, **versions, **data})
