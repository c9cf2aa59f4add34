"""The catalogue that everybody begins with; administrators add to it."""

from django.db import migrations

REASONS = {
    "valid": (
        ("verified", "Verified by telephone"),
        ("accepted-by-advertiser", "Accepted by the advertiser"),
        ("data-corrected", "Data corrected"),
        ("rule-too-strict", "A rule was too strict"),
    ),
    "invalid": (
        ("returned", "Returned"),
        ("duplicate", "Duplicate"),
        ("wrong-data", "Wrong or incomplete data"),
        ("not-reached", "Not reached"),
        ("not-interested", "Not interested"),
        ("fraud", "Fraud"),
    ),
    "test": (
        ("own-test", "Our own test"),
        ("partner-test", "The partner's test"),
        ("advertiser-test", "The advertiser's test"),
    ),
}
CATEGORIES = (
    ("wrong-number", "Wrong number"),
    ("already-customer", "Already a customer"),
    ("outside-area", "Outside the area"),
    ("outside-age", "Outside the age range"),
    ("did-not-ask", "Did not ask for it"),
)


def add(apps, schema_editor):
    reason = apps.get_model("leads", "FlagReason")
    for flag, lines in REASONS.items():
        for code, text in lines:
            reason.objects.get_or_create(
                flag=flag, code=code, defaults={"text": text, "returned": code == "returned"}
            )
    category = apps.get_model("leads", "FlagReasonCategory")
    for code, text in CATEGORIES:
        category.objects.get_or_create(flag="invalid", code=code, defaults={"text": text})


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
