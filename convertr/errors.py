"""The error that a user can cause, and can mend."""

from typing import Any

from django.utils.functional import Promise


class DomainError(Exception):
    """Something the user asked for that can't be done, with what to do about it.

    `code` is stable and for machines, `text` is a translated sentence for people,
    `params` are the values that the text was made with.
    """

    def __init__(self, code: str, text: str | Promise, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.params = params

    def __str__(self) -> str:
        return str(self.text)
