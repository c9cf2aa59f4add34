"""What a rule is, and what a value transform is. Pure."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext

from leads.transforms.options import BadOptions, Option, read_field, read_options
from leads.validation import LONGEST_VALUE

__all__ = ["BadOptions", "Data", "Option", "Rule", "RuleError", "Transform", "bounded"]

# The values of a lead by the names of its campaign's fields.
Data = dict[str, str]


class RuleError(Exception):
    """A rule that can't be carried out on a lead: `code`, and `text` for people.

    Neither holds a value of the lead: the text is kept with the run, where values may not be.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def bounded(text: str) -> str:
    """A text that a rule has made longer, as long as it is no longer than a lead's values are."""
    if len(text) > LONGEST_VALUE:
        problem = gettext("The result has more than %(most)s characters.")
        raise RuleError("too_long", problem % {"most": f"{LONGEST_VALUE:,}"})
    return text


class Rule:
    """What transforms and processor jobs have in common: a description, and options read once.

    `name` is what is stored; a class without one is no rule yet. `needs_field`: whether it is about
    one field of the lead.
    """

    name: ClassVar[str] = ""
    label: ClassVar[str | Promise] = ""
    help: ClassVar[str | Promise] = ""
    options: ClassVar[tuple[Option, ...]] = ()
    needs_field: ClassVar[bool] = True

    def __init__(self, field: str, options: Mapping[str, Any]) -> None:
        """Raises BadOptions for options, or a field, of which it can't be made."""
        if self.needs_field and not field:
            raise BadOptions(gettext("A field is needed."))
        self.field = read_field(field) if field else ""
        self.prepare(read_options(self.options, options))

    def prepare(self, options: Mapping[str, Any]) -> None:
        """Keep what each lead needs of the options, compiled. Raises BadOptions."""


class Transform(Rule):
    """Changes a lead's values before they are judged. One is made a campaign, used for each lead.

    A subclass with a `name` is registered by being defined; it has `change`, for the value of its
    field, or `apply` where it is about several.
    """

    registry: ClassVar[dict[str, type["Transform"]]] = {}

    def __init_subclass__(cls) -> None:
        if cls.name:
            cls.registry[cls.name] = cls

    def apply(self, data: Data) -> None:
        """Change the data in place; a field that is missing or empty stays so. Raises RuleError."""
        value = data.get(self.field)
        if value:
            data[self.field] = self.change(value, data)

    def change(self, value: str, data: Data) -> str:
        """What becomes of a value that isn't empty; what can't be read is given back as it is."""
        raise NotImplementedError
