"""Patterns that people type are bounded and stopped."""

import pytest

from leads import transforms
from leads.transforms import patterns
from leads.transforms.base import RuleError
from leads.transforms.options import BadOptions
from leads.transforms.patterns import Pattern

# It tries as many ways as there are to write 80 as a sum of ones and twos.
FOR_EVER, LONG = "(a|aa)+$", "a" * 80 + "b"


@pytest.fixture
def short_limit(monkeypatch):
    monkeypatch.setattr(patterns, "TIME_LIMIT", 0.02)


@pytest.mark.usefixtures("short_limit")
@pytest.mark.parametrize(
    "use", [Pattern.is_in, Pattern.is_whole, lambda pattern, value: pattern.replaced("", value)]
)
def test_a_pattern_that_would_run_for_ever_is_stopped(use):
    # With a letter before the end, so that the whole value is no shortcut either.
    pattern = Pattern(FOR_EVER.replace("$", "c$"))

    with pytest.raises(RuleError) as raised:
        use(pattern, LONG)

    assert raised.value.code == "timeout"
    assert "aaa" not in raised.value.text


@pytest.mark.usefixtures("short_limit")
def test_a_transform_with_such_a_pattern_leaves_the_value():
    data = {"f": LONG}

    with pytest.raises(RuleError):
        transforms.make("regex_replace", "f", {"pattern": FOR_EVER}).apply(data)

    assert data == {"f": LONG}


@pytest.mark.parametrize(
    "text",
    ["(", "[a", "*", "(?P<x", r"\p{NoSuch}", r"\L<list>", "(?R)", "(a(?1)?b)", "(?&x)", "a" * 501],
)
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(BadOptions):
        Pattern(text)


@pytest.mark.parametrize("text", [r"\1", r"\g<x>", r"\q", "\\"])
def test_what_is_no_replacement_is_refused(text):
    with pytest.raises(BadOptions):
        Pattern("b").check_replacement(text)


def test_what_is_nested_too_deep_for_the_library_is_refused(monkeypatch):
    def too_deep(*given):
        raise RecursionError

    monkeypatch.setattr(patterns.regex, "compile", too_deep)

    with pytest.raises(BadOptions):
        Pattern("((((a))))")


@pytest.mark.parametrize(
    ("pattern", "replacement", "value", "code"),
    [("x", "y" * 400, "x" * 20, "too_long"), ("x", r"\x00", "x", "not_storable")],
)
def test_a_result_that_can_not_be_kept_is_an_error(pattern, replacement, value, code):
    with pytest.raises(RuleError) as raised:
        Pattern(pattern).replaced(replacement, value)

    assert raised.value.code == code


def test_whole_and_anywhere():
    assert Pattern("b").is_in("abc")
    assert not Pattern("b").is_whole("abc")
    assert Pattern("B", ignore_case=True).is_whole("b")
