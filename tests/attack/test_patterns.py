"""Expressions of people: bounded in length, stopped in time, at every place that takes one."""

import pytest

from leads import processors, transforms
from leads.transforms import patterns
from leads.transforms.base import RuleError
from leads.transforms.options import LONGEST_TEXT, BadOptions

# Each tries more ways than there are seconds.
BOMBS = ["(a|aa)+c$", r"(a|\w|a\w)+\d$", "(?:a?){60}a{60}c"]
LONG = "a" * 80 + "b"
# The rules that take an expression: found by their options, so that a new one is tried, too.
PLACES = [
    (module, kind.name)
    for module, kinds in (
        (transforms, transforms.all_transforms()),
        (processors, processors.all_processors()),
    )
    for kind in kinds
    if any("pattern" in option.name or "regex" in option.name for option in kind.options)
]


def test_the_places_are_known():
    assert sorted(name for _module, name in PLACES) == ["regex", "regex_replace"]


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize(("module", "name"), PLACES)
def test_a_bomb_is_stopped(module, name, bomb, monkeypatch):
    """By the library's own clock; what it says of it holds nothing of the value."""
    monkeypatch.setattr(patterns, "TIME_LIMIT", 0.01)
    rule = module.make(name, "f", {"pattern": bomb})

    with pytest.raises(RuleError) as stopped:
        rule.apply({"f": LONG}) if module is transforms else rule.check(LONG, None)

    assert stopped.value.code == "timeout"
    assert "aaa" not in stopped.value.text


@pytest.mark.parametrize(("module", "name"), PLACES)
def test_a_long_one_is_refused(module, name):
    with pytest.raises(BadOptions):
        module.make(name, "f", {"pattern": "a" * (LONGEST_TEXT + 1)})
