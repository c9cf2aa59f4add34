"""What a browser would make of a page: nothing may be born of what somebody wrote."""

from html.parser import HTMLParser

# Ends an attribute of either quote and a script, then begins an element of its own.
PAYLOAD = """'"></script><xevil xevil=1>"""
SCRIPT = "javascript:xevil"
URLS = {"href", "src", "action", "formaction", "hx-get", "hx-post", "data-url", "data-href"}


class Born(HTMLParser):
    """`evil`: elements, attributes and addresses that the payload made; `names` of fields."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.evil, self.names = [], set()
        self.feed(content)
        self.close()

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            value = (value or "").strip().casefold()
            if "xevil" in name or (name in URLS and value.startswith(("javascript:", "data:t"))):
                self.evil.append((tag, name, value))
            if name.startswith("on") and "xevil" in value:
                self.evil.append((tag, name, value))
            if name == "name" and tag in ("input", "select", "textarea"):
                self.names.add(value)
        if "xevil" in tag:
            self.evil.append((tag, "", self.get_starttag_text()))


def looked_at(answer):
    """(what is wrong with an answer, whether it shows the payload at all)."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    kind = answer.get("Content-Type", "").partition(";")[0]
    wrong = []
    if answer.status_code >= 500:
        wrong.append(answer.status_code)
    if answer.get("X-Content-Type-Options") != "nosniff":
        wrong.append("no nosniff")
    if any("xevil" in value and "\n" in value for value in answer.headers.values()):
        wrong.append("header")
    if kind == "text/html":
        wrong += Born(content.decode()).evil
    elif content and kind != "application/json" and "Content-Disposition" not in answer.headers:
        # A browser would run or show it.
        wrong += [kind] * (kind not in ("text/plain", "image/gif") and b"xevil" in content)
    return wrong, b"xevil" in content
