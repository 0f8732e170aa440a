"""Guesses about a folder of pictures, each with its reason, for `blotflux new`."""
