"""What the codes of sending say to people: of destinations, and of batches that can't be sent."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    # The way there
    "refused_address": _("Address not allowed: it leads into a private network."),
    "no_connection": _("No connection: check host and port, and whether the server is up."),
    "timeout": _("No answer in time."),
    "cut": _("The connection broke."),
    "no_service": _("The server wants no connections from us."),
    "not_understood": _("The server's answer can't be understood: check host and port."),
    "certificate": _("The server's certificate isn't trusted, or is another server's."),
    "tls_refused": _("The server offers no TLS, so nothing was sent. Use SFTP, or ask its owner."),
    "host_key_missing": _("The server's key isn't known yet: use Test connection and confirm it."),
    "host_key_changed": _(
        "The server shows another key than before, so nothing was sent. Ask its owner whether that"
        " is right; then use Test connection and confirm the new key."
    ),
    # Who we are
    "auth_refused": _("The server refused the credential, or what its owner may do with it."),
    "mail_auth_refused": _("The mail server refused this installation's sign-in (EMAIL_URL)."),
    "wrong_host": _("The credential may be sent to other servers only: ask an administrator."),
    "no_credential": _("There is no credential: choose one."),
    "bad_key": _("The SSH key can't be read: enter it again."),
    "key_locked": _("The SSH key has a passphrase, which is missing: enter it again."),
    "vault_key_missing": _(
        "The credential can't be opened: its key isn't in VAULT_KEYS. Enter it again."
    ),
    # What the server says
    "folder_missing": _("The folder or bucket isn't there."),
    "not_allowed": _("The server doesn't let us write, rename or replace files there."),
    "disk_full": _("The server has no space left."),
    "incomplete": _("The server stored only a part of the file."),
    "busy": _("The server can't take it now."),
    "server_failed": _("The server reports a fault."),
    "refused": _("The server refused it."),
    "recipient_refused": _("The mail server refused a recipient, so nobody got it."),
    "http_status": _("The server answered with an error."),
    "redirect": _("The server redirects elsewhere, which isn't followed: use the other address."),
    # The file
    "too_large": _("The file is too large for this destination."),
    "needs_password": _("Files sent by e-mail must be in a ZIP with a password."),
    "bad_name": _("The file's name can't be used at a destination."),
    "password_needs_zip": _("A text file can't have a password: send it in a ZIP."),
    "password_empty": _("The file's password is empty: enter another."),
    "cell_unwritable": _("A lead has characters that no such file can hold: mend it, or use CSV."),
    "cell_too_long": _("A lead has a text that is too long for a cell of XLSX: use CSV."),
    "too_many_rows": _("There are more leads than such a file can hold: use CSV, or a ZIP."),
    "name_too_long": _("The file's name is too long: shorten the template."),
    "file_changed": _("The stored file isn't what was built, so it wasn't sent."),
    "file_unreadable": _("The stored file can't be read."),
    "file_gone": _("The stored file is gone."),
    # The sender
    "restored": _("The database was restored: it may have been sent since then."),
    "unknown": _("Nobody knows whether it arrived."),
    "interrupted": _("The sender was interrupted before anything had arrived."),
    "internal": _("Something went wrong here; it is in the log."),
    "error": _("Something went wrong here; it is in the log."),
}


def text_of(code: str) -> str:
    """A code's sentence; the code itself where nobody knows it any more, nothing for none."""
    return str(TEXTS.get(code, code))
