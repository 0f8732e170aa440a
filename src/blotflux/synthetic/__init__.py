"""Blots with known truth, drawn from a seed."""
