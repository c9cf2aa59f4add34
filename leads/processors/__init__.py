"""Processor jobs (leads.md, "Processing"): found by being in a module here."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from leads.processors.base import BadOptions, Earlier, Judged, Processor

__all__ = [
    "BadOptions", "Earlier", "Judged", "Processor", "all_processors", "get", "make", "texts",
]  # fmt: skip

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def get(name: str) -> type[Processor] | None:
    """The job of this name, None where there is none (any more)."""
    return Processor.registry.get(name)


def all_processors() -> list[type[Processor]]:
    """In the order of their names."""
    return [processor for _name, processor in sorted(Processor.registry.items())]


def make(name: str, field: str, options: Mapping[str, Any]) -> Processor:
    """One that is ready for leads. Raises BadOptions, also for a name that is none."""
    processor = get(name)
    if processor is None:
        raise BadOptions(gettext("There is no processor job “%(name)s”.") % {"name": name})
    return processor(field, options)


def texts() -> dict[str, str | Promise]:
    """What all codes of all jobs say to people."""
    return {code: text for one in all_processors() for code, text in one.texts.items()}
