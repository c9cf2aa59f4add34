"""The sign-in form in the product's words (ACCOUNT_FORMS)."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django.utils.translation import gettext_lazy as _

LABELS = {"login": _("E-mail"), "password": _("Password"), "remember": _("Stay signed in")}


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """Labels instead of placeholders, which are gone as soon as one writes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
                self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["autofocus"] = True
