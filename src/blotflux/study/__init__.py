"""A study: its file, its sheet, its pictures, its corrections, and how it is run."""
