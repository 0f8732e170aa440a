"""Western blot quantification: from pictures to normalized volumes, phospho ratios and LC3 flux."""

from __future__ import annotations

__version__ = "0.1.0"
