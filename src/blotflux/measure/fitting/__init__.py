"""The joint fit: rows of bands, their shapes and the background under them, with errors."""
