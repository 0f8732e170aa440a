"""Pixels in, volumes out: lanes, rows of bands, background and bands fitted together."""
