"""Demo data that looks like the real thing (platform.md, "Two commands")."""
