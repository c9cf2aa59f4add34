"""Disposable e-mail."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import values
from leads.processors.base import Judged, Option, Processor

# The well-known ones; their subdomains are theirs too.
DOMAINS = frozenset(
    """
    0815.ru 10minutemail.com 10minutemail.net 1secmail.com 1secmail.net 1secmail.org 20minutemail.it
    33mail.com anonbox.net burnermail.io byom.de deadaddress.com discard.email discardmail.com
    dispostable.com dropmail.me einrot.com emailondeck.com emltmp.com fakeinbox.com fakemail.net
    fakemailgenerator.com getairmail.com getnada.com grr.la guerrillamail.biz guerrillamail.com
    guerrillamail.de guerrillamail.info guerrillamail.net guerrillamail.org guerrillamailblock.com
    harakirimail.com inboxbear.com inboxkitten.com incognitomail.org jetable.org mail-temp.com
    mailcatch.com maildrop.cc mailexpire.com mailinator.com mailinator.net mailnesia.com
    mailnull.com mailpoof.com mailsac.com mintemail.com minuteinbox.com moakt.com mohmal.com
    mytemp.email mytrashmail.com nada.email nowmymail.com pokemail.net rcpt.at sharklasers.com
    spam4.me spambog.com spambox.us spamgourmet.com spoofmail.de temp-mail.io temp-mail.org
    tempail.com tempinbox.com tempmail.dev tempmail.net tempmailo.com tempr.email throwawaymail.com
    trash-mail.at trash-mail.com trashmail.com trashmail.de trashmail.net trashmail.ws
    wegwerfmail.de wegwerfmail.net wegwerfmail.org yopmail.com yopmail.fr yopmail.net
    zehnminutenmail.de
    """.split()  # noqa: SIM905  easier to read and to add to
)


class DisposableEmail(Processor):
    name = "disposable_email"
    label = _("Disposable e-mail")
    help = _("The address is not at one of the well-known services for throw-away addresses.")
    options = (Option("more", _("More domains"), "lines", help=_("One a line.")),)
    texts = {"email_disposable": _("the e-mail address is a throw-away one")}

    def prepare(self, options: Mapping[str, Any]) -> None:
        self._domains = DOMAINS | {line.lstrip("@*.").lower() for line in options["more"]}

    def check(self, value: str, lead: Judged) -> str | None:
        above = values.domains_above(values.domain_of(value))
        return None if self._domains.isdisjoint(above) else "email_disposable"
