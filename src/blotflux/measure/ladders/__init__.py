"""Ladders: recognized, matched to a product, and the weights that they give to bands."""
