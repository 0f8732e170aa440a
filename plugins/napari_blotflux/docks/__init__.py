"""Widgets beside the canvas; they show what the controller has and hold no mathematics."""
