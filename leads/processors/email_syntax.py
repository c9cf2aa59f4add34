"""E-mail syntax and the shape of its domain. No name server is asked."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import values
from leads.processors.base import Judged, Option, Processor


class EmailSyntax(Processor):
    name = "email_syntax"
    label = _("E-mail syntax")
    help = _("An address as RFC 5321 has them, at a domain that can have mail.")
    options = (
        Option(
            "utf8",
            _("All scripts before the @"),
            "yes",
            default=True,
            help=_("jörg@… and 用户@… pass (RFC 6531)."),
        ),
        Option(
            "quoted",
            _("Quoted before the @"),
            "yes",
            default=False,
            help=_('"a b"@… passes, which few servers take.'),
        ),
    )
    texts = {
        "email_syntax": _("the e-mail address is not written as one"),
        "email_domain": _("the domain of the e-mail address can have no mail"),
    }

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._utf8, self._quoted = bool(options["utf8"]), bool(options["quoted"])

    def check(self, value: str, lead: Judged) -> str | None:
        if values.is_email(value, utf8=self._utf8, quoted=self._quoted):
            return None
        domain = values.domain_of(value)
        return "email_domain" if domain and not values.is_mail_domain(domain) else "email_syntax"
