"""The form of a credential: its name, and what its kind holds. A kept secret is never in it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from batches import secrets
from batches.credentials import LONGEST_NAME
from batches.models import Credential
from convertr.errors import DomainError

Kind = Credential.Kind
# Where the errors of the service belong; all others stand above the form.
FIELD_OF = {
    "bad_name": "name",
    "name_taken": "name",
    "bad_key": "private_key",
    "key_locked": "passphrase",
    "bad_header": "header",
    "too_short": "password",
    "bad_host": "hosts",
    "too_many_hosts": "hosts",
}
HELP = {
    Kind.SSH_KEY: {"private_key": _("Ed25519, ECDSA or RSA, from its line BEGIN to its END.")},
    Kind.FILE_PASSWORD: {
        "password": _("8 characters at least. Tell it to the receiver another way.")
    },
}
HIDDEN = {"autocomplete": "new-password", "spellcheck": "false"}


class CredentialForm(forms.Form):
    """Of one kind; with `kept` it replaces what that one holds, or only renames it."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)

    def __init__(
        self, data: Mapping[str, Any] | None, *, kind: str, kept: Credential | None = None
    ) -> None:
        super().__init__(data, initial={"name": kept.name if kept else ""})
        self.kind, self.kept = kind, kept
        for name in secrets.FIELDS[kind]:
            self.fields[name] = self._of(name)
        if kind != Kind.FILE_PASSWORD:
            self.fields["hosts"] = forms.CharField(
                label=_("Only to these servers"),
                required=False,
                initial=kept.hosts if kept else "",
                help_text=_(
                    "Names such as sftp.example.com, separated by spaces. Without any, whoever sets"
                    " integrations up can send it to any server."
                ),
            )

    def _of(self, name: str) -> forms.CharField:
        # A replaced secret is entered whole; nothing of it means that it stays.
        needed = name not in secrets.OPTIONAL and self.kept is None
        return forms.CharField(
            label=str(secrets.LABELS[name]),
            required=needed,
            strip=False,
            max_length=secrets.LONGEST,
            help_text=str(HELP.get(Kind(self.kind), {}).get(name, "")),
            widget=_widget(name),
        )

    def secret(self) -> dict[str, str] | None:
        """What was entered; None where nothing was."""
        found = {name: self.cleaned_data.get(name, "") for name in secrets.FIELDS[self.kind]}
        return found if any(found.values()) else None

    def refuse(self, refused: DomainError) -> None:
        """The service's error, at its field."""
        field = FIELD_OF.get(refused.code)
        self.add_error(field if field in self.fields else None, str(refused))


def _widget(name: str) -> forms.Widget:
    if name == "private_key":
        return forms.Textarea({**HIDDEN, "rows": 8, "class": "mono"})
    if name == "key_id":
        return forms.TextInput({**HIDDEN, "class": "mono"})
    return forms.PasswordInput(HIDDEN)
