"""Measuring Convertr: each figure is a ratio within one run (platform.md, "Speed")."""
