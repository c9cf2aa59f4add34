"""Conversion requests: partners ask, the agency decides, the system does it (requests.md)."""
