"""Fold changes of a ratio of targets against a control: what phospho and expression share."""
