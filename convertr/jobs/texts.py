"""Texts of row codes: stored are the code and its parameters, shown is the sentence."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_texts: dict[str, str | Promise] = {
    "wrong_cell_count": gettext_lazy("%(found)s cells, but the header has %(expected)s columns"),
    "duplicate": gettext_lazy("the same as line %(line)s"),
    # Of a worksheet's cells (convertr.jobs.workbook).
    "formula": gettext_lazy("column %(column)s holds a formula; write its value"),
    "cell_error": gettext_lazy("column %(column)s holds an error; write a value"),
    "contradiction": gettext_lazy("line %(line)s asks for something else on the same target"),
    "changed_since_verify": gettext_lazy("changed by someone else after Verify: left alone"),
    "changed_since_job": gettext_lazy("changed after the job: kept as it is"),
    "gone": gettext_lazy("no longer exists"),
    "row_failed": gettext_lazy("could not be written; the administrators have the details"),
    "verify_failed": gettext_lazy("Verifying went wrong. Try again, or ask the administrators."),
    "attempts_used_up": gettext_lazy("It failed %(attempts)s times. Resume it, or ask for help."),
    "export_failed": gettext_lazy("The file could not be made. Try again, or ask for help."),
}


def register_texts(texts: Mapping[str, str | Promise]) -> None:
    """Make an app's codes known; a text may name its parameters as %(name)s."""
    _texts.update(texts)


def render(code: str | None, params: Mapping[str, Any] | None = None) -> str:
    """The sentence of a code; further errors of the same row stand in `params["more"]`.

    What refused a whole file was told in a sentence already: `params["text"]`.
    """
    if not code:
        return ""
    params = params or {}
    if "text" in params:
        return str(params["text"])
    text = str(_texts.get(code, code))
    try:
        sentence = text % params if "%(" in text else text
    except (KeyError, ValueError):
        sentence = text
    more = [render(also, also_params) for also, also_params in params.get("more", [])]
    return _("; ").join([sentence, *more])


class _Dots(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def render_cause(code: str) -> str:
    """The sentence of a code for all its rows: “…” stands where each has a value of its own."""
    text = str(_texts.get(code, code))
    return text % _Dots() if "%(" in text else text
