"""make chaos: the whole product, driven at random while what it stands on breaks (platform.md)."""
