"""The QC rules: each with its code, its value, its threshold and what a FAIL does."""
