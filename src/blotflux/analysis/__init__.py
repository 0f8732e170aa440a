"""Volumes in, answers out. Knows no image, so it serves volumes measured elsewhere as well."""
