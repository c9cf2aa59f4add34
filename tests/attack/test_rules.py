"""The linter's rules about safety are on, and each exception says why."""

import re
import tomllib
from pathlib import Path

RULES = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["ruff"]["lint"]
APPS = ("convertr", "conversions", "leads", "batches", "requests_workflow")
# Written by the product: what helps with passwords is a list; settings are JSON.
OURS = ("field.help_text|safe", "swagger_settings|safe")
EXCEPTION = re.compile(r"#\s*noqa:?(?P<codes>[A-Z0-9, ]*)(?P<why>.*)")


def lines():
    for app in APPS:
        for path in Path(app).rglob("*.py"):
            if "migrations" not in path.parts:
                for number, line in enumerate(path.read_text().splitlines(), start=1):
                    yield f"{path}:{number}", line


def test_the_rules_are_on():
    """Our own commands, without a shell, are the one thing that nobody is asked about."""
    assert "S" in RULES["select"]
    assert {rule for rule in RULES["ignore"] if re.match(r"S\d", rule)} == {"S603", "S607"}
    product = {k: v for k, v in RULES["per-file-ignores"].items() if k.startswith(APPS)}
    assert not any(rule.startswith("S") for rules in product.values() for rule in rules)


def test_each_exception_says_why():
    for where, line in lines():
        found = EXCEPTION.search(line)
        if found and re.search(r"\bS\d{3}", found["codes"]):
            assert len(found["why"].strip(" -")) > 3, where
        assert found is None or found["codes"].strip(), f"{where}: which rule?"


def test_nothing_runs_or_loads_what_somebody_wrote():
    """Beyond the linter: templates of texts, pickles, YAML objects, shells, unescaped output."""
    forbidden = re.compile(
        r"\bmark_safe\(|\bpickle\b|yaml\.load\(|shell=True|os\.system\(|\bexec\(|\beval\(|"
        r"Template\((?!Response)[a-z_.]*(request|data|text|body)|\.extra\("
    )
    assert [where for where, line in lines() if forbidden.search(line)] == []
    for path in Path("templates").rglob("*.html"):
        text = path.read_text()
        for ours in OURS:
            text = text.replace(ours, "")
        assert not re.search(r"\|safe\b|autoescape off|\|safeseq", text), path
