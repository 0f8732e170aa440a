"""One small reader per file format."""
