"""How an integration's files look, and what they are called."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batches import files, names
from batches.files import FileOptions, Format, LineEnd, Quoting
from batches.models import Credential
from convertr.errors import DomainError

TAB, OTHER = "tab", "other"
DELIMITERS = [
    (",", _("Comma ,")), (";", _("Semicolon ;")), (TAB, _("Tab")), ("|", _("Bar |")),
    (OTHER, _("Another")),
]  # fmt: skip
FIELD_OF = {
    "file_format": "format",
    "file_quoting": "quoting",
    "file_line_end": "line_end",
    "file_delimiter": "delimiter",
}


class FileForm(forms.Form):
    """What was entered is read by batches.files."""

    prefix = "file"
    format = forms.ChoiceField(label=_("Format"), choices=Format.choices)
    delimiter = forms.ChoiceField(label=_("Between cells"), choices=DELIMITERS)
    other = forms.CharField(label=_("Which sign"), required=False, max_length=1, strip=False)
    quoting = forms.ChoiceField(label=_("Quotes"), choices=Quoting.choices)
    line_end = forms.ChoiceField(label=_("Line ends"), choices=LineEnd.choices)
    header = forms.BooleanField(label=_("Headers in the first line"), required=False)
    bom = forms.BooleanField(label=_("Begin with a byte order mark"), required=False)
    neutralise = forms.BooleanField(
        label=_("Neutralise formulas"),
        required=False,
        help_text=_("A quote goes before what a spreadsheet would calculate."),
    )
    name = forms.CharField(
        label=_("File name"),
        max_length=names.LONGEST_TEMPLATE,
        help_text=_(
            "Without its ending. Placeholders: {label} {campaign_id} {date} {time} {batch_id}"
            " {sequence}."
        ),
        widget=forms.TextInput({"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    overwrite = forms.BooleanField(
        label=_("Overwrite: each file may have the name of the one before"), required=False
    )
    zipped = forms.BooleanField(label=_("In a ZIP"), required=False)
    password = forms.ChoiceField(
        label=_("Password of the file"),
        choices=[],
        required=False,
        help_text=_("For a ZIP (AES) or a workbook of up to 100,000 leads."),
    )

    def __init__(self, *args: Any, kept: Sequence[Credential], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {str(one.pk): one for one in kept if one.kind == Credential.Kind.FILE_PASSWORD}
        field = self.fields["password"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy which kind
        field.choices = [("", _("None")), *((pk, str(one)) for pk, one in self.kept.items())]

    @property
    def credential(self) -> Credential | None:
        """The password's, of a valid form."""
        return self.kept.get(self.cleaned_data["password"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.options: FileOptions | None = None
        if self.errors:
            return cleaned
        try:
            self.options = files.read(_entered(cleaned))
        except DomainError as refused:
            field = "name" if refused.code.startswith("name_") else FIELD_OF.get(refused.code)
            self.add_error(field, str(refused))
            return cleaned
        if cleaned["password"] and not self.options.takes_password:
            self.add_error("password", _("Only a ZIP or a workbook can be locked."))
        return cleaned


def _entered(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    kept = {n: v for n, v in cleaned.items() if n not in ("delimiter", "other", "password")}
    sign = cleaned["other"] if cleaned["delimiter"] == OTHER else cleaned["delimiter"]
    return {**kept, "delimiter": "\t" if sign == TAB else sign}


def initial_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored options as the form shows them."""
    options = files.read(stored)
    sign = TAB if options.delimiter == "\t" else options.delimiter
    listed = sign in dict(DELIMITERS)
    more = {"delimiter": sign if listed else OTHER, "other": "" if listed else sign}
    return {**options.stored(), **more}
