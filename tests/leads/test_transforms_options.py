"""Options are read once, from what a form or the database gives."""

import pytest

from leads.transforms.options import BadOptions, Option, read_field, read_options

CHOICES = (("a", "A"), ("b", "B"))
# What was given, and what is read.
READ = [
    (Option("o", "O"), " x ", " x "),
    (Option("o", "O"), None, ""),
    (Option("o", "O", default="d"), "", "d"),
    (Option("o", "O", "choice", choices=CHOICES), "b", "b"),
    (Option("o", "O", "choice", choices=CHOICES, default="a"), "", "a"),
    (Option("o", "O", "number"), "7", 7),
    (Option("o", "O", "number"), 0, 0),
    (Option("o", "O", "number"), "", None),
    (Option("o", "O", "number", default=3), None, 3),
    (Option("o", "O", "yes"), "on", True),
    (Option("o", "O", "yes", default=True), False, False),
    (Option("o", "O", "yes", default=True), None, True),
    (Option("o", "O", "lines"), " a \r\n\nb\na", ("a", "b")),
    (Option("o", "O", "lines"), ["a", " "], ("a",)),
    (Option("o", "O", "lines", default=("d",)), " \n ", ("d",)),
    (Option("o", "O", "map"), "a = b\n\n c=d=e ", {"a": "b", "c": "d=e"}),
    (Option("o", "O", "map"), "a =", {"a": ""}),
    (Option("o", "O", "map"), {"a=b": "c"}, {"a=b": "c"}),
    (Option("o", "O", "field"), " country ", "country"),
    (Option("o", "O", "fields"), "a, b,a", ("a", "b")),
    (Option("o", "O", "fields"), ["a"], ("a",)),
    (Option("o", "O", "fields"), [], ()),
]
REFUSED = [
    (Option("o", "O", required=True), ""),
    (Option("o", "O", "lines", required=True), " \n "),
    (Option("o", "O", "map", required=True), {}),
    (Option("o", "O"), 7),
    (Option("o", "O"), "x" * 501),
    (Option("o", "O"), "\0"),
    (Option("o", "O"), "\ud800"),
    (Option("o", "O", "choice", choices=CHOICES), "c"),
    (Option("o", "O", "choice", choices=CHOICES), ["a"]),
    (Option("o", "O", "number"), "1.5"),
    (Option("o", "O", "number"), 1.5),
    (Option("o", "O", "number"), True),
    (Option("o", "O", "number"), "9" * 5_000),
    (Option("o", "O", "number", least=1), 0),
    (Option("o", "O", "number", most=9), "10"),
    (Option("o", "O", "yes"), "perhaps"),
    (Option("o", "O", "lines"), {"a": "b"}),
    (Option("o", "O", "lines"), [1]),
    (Option("o", "O", "lines"), "x" * 256),
    (Option("o", "O", "lines"), [str(n) for n in range(10_001)]),
    (Option("o", "O", "lines"), ["a\0"]),
    (Option("o", "O", "map"), "a"),
    (Option("o", "O", "map"), "= b"),
    (Option("o", "O", "map"), "a = b\na = c"),
    (Option("o", "O", "map"), {"a": 1}),
    (Option("o", "O", "map"), 1),
    (Option("o", "O", "field"), "no name"),
    (Option("o", "O", "field"), 1),
    (Option("o", "O", "fields"), "a,,b"),
    (Option("o", "O", "fields"), 1),
]


@pytest.mark.parametrize(("option", "given", "read"), READ)
def test_options_are_read(option, given, read):
    assert option.read(given) == read


@pytest.mark.parametrize(("option", "given"), REFUSED)
def test_what_can_not_be_read_is_refused_by_the_options_label(option, given):
    with pytest.raises(BadOptions, match=r"^O: .+\.$"):
        option.read(given)


def test_all_declared_options_are_there_and_no_others():
    declared = (Option("a", "A"), Option("b", "B", "number", default=3))

    assert read_options(declared, {"a": "x"}) == {"a": "x", "b": 3}
    with pytest.raises(BadOptions, match="“c”"):
        read_options(declared, {"c": 1})


@pytest.mark.parametrize("name", ["", "1st", "first name", "x" * 61, "naïve", "a\n", None])
def test_names_of_fields_are_those_that_a_campaign_can_have(name):
    with pytest.raises(BadOptions):
        read_field(name if name != "a\n" else "a\nb")
