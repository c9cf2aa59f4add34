"""Addresses, files and htmx headers of the tests of the requests' pages."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile

URL = "/v2/conversion-requests"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
PANEL = {"HX-Request": "true", "HX-Target": "panel-body"}
HTMX = {"HX-Request": "true"}


def url(request, act=""):
    return f"{URL}/{request.pk}{'/' if act else ''}{act}"


def file(name="evidence.pdf", content=PDF, content_type="application/octet-stream"):
    return SimpleUploadedFile(name, content, content_type)


def shown(client, query=""):
    """The ids of the rows that the Explorer shows."""
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200
    return {int(n) for n in re.findall(rf'<tr [^>]*data-href="{URL}/(\d+)"', answer.text)}


def columns(client, query=""):
    """What the table's heads say."""
    page = client.get(f"{URL}?{query}").text
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", head).strip() for head in heads]
