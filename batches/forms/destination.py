"""Where an integration's files go: one form for each kind of destination, and one for calls.

What was entered is read by the destination itself, so that all say the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from batches import destinations
from batches.configuring import HEADER_KINDS
from batches.models import Credential
from batches.realtime.options import KIND as REALTIME
from batches.realtime.options import RealtimeOptions
from convertr.errors import DomainError

CREDENTIAL = "credential"
QUIET = {"autocomplete": "off", "spellcheck": "false"}


@dataclass(frozen=True)
class Asked:
    """One option as the form asks for it. `widget`: line, number, lines, tick or choice."""

    name: str
    label: str | Promise
    widget: str = "line"
    needed: bool = True
    help: str | Promise = ""
    choices: tuple[tuple[str, str | Promise], ...] = ()
    initial: str = ""


_METHODS = (("POST", "POST"), ("PUT", "PUT"))
_SERVER = (
    Asked("host", _("Host"), help=_("Such as sftp.example.com.")),
    Asked("port", _("Port"), "number", needed=False, help=_("Empty: the usual one.")),
    Asked("user", _("User")),
    Asked("folder", _("Folder"), needed=False, help=_("Empty: the one in which the user arrives.")),
)
ASKED: dict[str, tuple[Asked, ...]] = {
    "sftp": _SERVER,
    "ftp": _SERVER,
    "ftps": (
        *_SERVER,
        Asked(
            "ca_certificate",
            _("Own certificate authority"),
            "lines",
            needed=False,
            help=_("As PEM, where the server’s certificate is signed by none that is known."),
        ),
        Asked(
            "accept_any_certificate",
            _("Accept any certificate: whoever is on the line can read and change the files"),
            "tick",
            needed=False,
        ),
    ),
    "email": (
        Asked("recipients", _("Recipients"), "lines", help=_("One on each line.")),
        Asked("subject", _("Subject")),
    ),
    "http": (
        Asked("url", _("URL"), help=_("Without a password or key in it: use a credential.")),
        Asked("method", _("Method"), "choice", choices=_METHODS),
        Asked(
            "body",
            _("Body"),
            "choice",
            choices=(("raw", _("The file itself")), ("multipart", _("A form with the file"))),
        ),
        Asked("field", _("Name of the form’s field"), needed=False, initial="file"),
        Asked(
            "headers",
            _("Headers"),
            "lines",
            needed=False,
            help=_("One “Name: value” on each line. Secret ones are credentials."),
        ),
    ),
    "s3": (
        Asked("bucket", _("Bucket")),
        Asked("prefix", _("Prefix"), needed=False, help=_("A folder in the bucket.")),
        Asked("region", _("Region"), needed=False, help=_("Empty: us-east-1.")),
        Asked(
            "endpoint",
            _("Endpoint"),
            needed=False,
            help=_("Empty: Amazon’s. Else such as https://s3.example.com."),
        ),
    ),
    REALTIME: (
        Asked("url", _("URL"), help=_("It is called once for each lead.")),
        Asked("method", _("Method"), "choice", choices=_METHODS),
        Asked("body", _("Body"), "choice", choices=(("json", "JSON"), ("form", _("Form")))),
        Asked(
            "success",
            _("The answer has to hold"),
            needed=False,
            help=_('A pattern, such as "ok". Empty: any answer of 200 to 299 counts.'),
        ),
    ),
}
FIELD_OF = {
    "bad_host": ("host",),
    "bad_port": ("port",),
    "bad_folder": ("folder", "prefix"),
    "bad_url": ("url", "endpoint"),
    "secret_in_url": ("url", "endpoint"),
    "bad_endpoint": ("endpoint",),
    "bad_method": ("method",),
    "bad_body": ("body",),
    "bad_header": ("headers",),
    "too_many_headers": ("headers",),
    "headers_twice": ("headers",),
    "our_header": ("headers",),
    "secret_header": ("headers",),
    "bad_recipient": ("recipients",),
    "no_recipients": ("recipients",),
    "too_many_recipients": ("recipients",),
    "bad_region": ("region",),
    "bad_bucket": ("bucket",),
    "bad_certificate": ("ca_certificate",),
    "no_credential": (CREDENTIAL,),
    "bad_credential": (CREDENTIAL,),
    "wrong_host": (CREDENTIAL,),
    "pattern": ("success",),
}


class KindForm(forms.Form):
    """Which kind of destination it is."""

    prefix = "to"
    kind = forms.ChoiceField(label=_("Send by"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy which kind
        field.choices = [(key, one.label) for key, one in destinations.KINDS.items()]


class DestinationForm(forms.Form):
    """The options of one kind, by its name as the prefix; with the credentials that it takes."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        kind: str,
        kept: Sequence[Credential],
        stored: Mapping[str, Any],
        credential: int | None,
    ) -> None:
        initial = {name: _shown(value) for name, value in stored.items()}
        super().__init__(data, prefix=kind, initial={**initial, CREDENTIAL: credential or ""})
        self.kind = kind
        for asked in ASKED[kind]:
            self.fields[asked.name] = _field(asked)
        taken, needed = credentials_of(kind)
        self.kept = {str(one.pk): one for one in kept if one.kind in taken}
        if taken:
            self.fields[CREDENTIAL] = self._credential(needed=needed)

    def _credential(self, *, needed: bool) -> forms.ChoiceField:
        none = [("", _("Choose one") if needed else _("None"))]
        return forms.ChoiceField(
            label=_("Credential"),
            required=needed,
            choices=[*none, *((pk, str(one)) for pk, one in self.kept.items())],
            help_text="" if self.kept else _("None is kept yet: an administrator adds them."),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.options: Any = None
        if not set(self.errors) - {CREDENTIAL}:
            try:
                self.options = read(self.kind, cleaned)
            except DomainError as refused:
                self.refuse(refused)
        return cleaned

    def refuse(self, refused: DomainError) -> None:
        """What is wrong, at its field where it has one here."""
        fields = (name for name in FIELD_OF.get(refused.code, ()) if name in self.fields)
        self.add_error(next(fields, None), str(refused))

    @property
    def credential(self) -> Credential | None:
        return self.kept.get(self.cleaned_data.get(CREDENTIAL, ""))

    def entered(self) -> dict[str, Any]:
        """What the service reads."""
        own = {n: v for n, v in self.cleaned_data.items() if n != CREDENTIAL}
        return {"kind": self.kind, **own}


def read(kind: str, entered: Mapping[str, Any]) -> Any:
    """The options of a kind; DomainError for what won't do."""
    if kind == REALTIME:
        return RealtimeOptions.read(entered)
    return destinations.KINDS[kind].read(entered)


def credentials_of(kind: str) -> tuple[Collection[str], bool]:
    """Which kinds of credentials it takes, and whether it can't do without."""
    if kind == REALTIME:
        return HEADER_KINDS, False
    found = destinations.KINDS[kind]
    return found.credential_kinds, found.needs_credential and bool(found.credential_kinds)


def _field(asked: Asked) -> forms.Field:
    label, help_text = str(asked.label), str(asked.help)
    if asked.widget == "tick":
        return forms.BooleanField(label=label, required=False, help_text=help_text)
    if asked.widget == "choice":
        return forms.ChoiceField(label=label, choices=asked.choices, help_text=help_text)
    widget: forms.Widget = forms.TextInput(QUIET)
    if asked.widget == "number":
        widget = forms.TextInput({**QUIET, "inputmode": "numeric"})
    elif asked.widget == "lines":
        widget = forms.Textarea({**QUIET, "rows": 3})
    return forms.CharField(
        label=label,
        required=asked.needed,
        help_text=help_text,
        initial=asked.initial,
        widget=widget,
    )


def _shown(value: Any) -> Any:
    """A stored value as a person types it."""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value
