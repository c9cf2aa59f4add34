"""Value transforms (leads.md, "Processing"): found by being in a module here."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from leads.transforms.base import BadOptions, Transform

__all__ = ["BadOptions", "Transform", "all_transforms", "get", "make"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def get(name: str) -> type[Transform] | None:
    """The transform of this name, None where there is none (any more)."""
    return Transform.registry.get(name)


def all_transforms() -> list[type[Transform]]:
    """In the order of their names."""
    return [transform for _name, transform in sorted(Transform.registry.items())]


def make(name: str, field: str, options: Mapping[str, Any]) -> Transform:
    """One that is ready for leads. Raises BadOptions, also for a name that is none."""
    transform = get(name)
    if transform is None:
        raise BadOptions(gettext("There is no value transform “%(name)s”.") % {"name": name})
    return transform(field, options)
