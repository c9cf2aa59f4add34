"""Marking conversions as paid or invoiced, so that nothing of them changes, and taking it back."""
