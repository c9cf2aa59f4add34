"""Addresses and what the leads' pages show, for their tests."""

import re

LIST = "/v2/leads"
HTMX = {"HX-Request": "true"}
REGION = {**HTMX, "HX-Target": "list"}
BESIDE = {**HTMX, "HX-Target": "panel-body"}


def url(lead, act=""):
    return f"/v2/lead/{lead.pk}{'/' if act else ''}{act}"


def setup_url(campaign, rest=""):
    return f"/v2/campaign/{campaign.pk}/leads-setup{'/' if rest else ''}{rest}"


def rows_of(text):
    """The ids of the rows in a page of the list."""
    return {int(n) for n in re.findall(r'<tr [^>]*data-href="/v2/lead/(\d+)"', text)}


def shown(client, query=""):
    """The ids that the list shows."""
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return rows_of(answer.text)


def columns(client, query=""):
    """What the table's heads say."""
    page = client.get(f"{LIST}?{query}").text
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", head).strip() for head in heads]
