"""``python -m blotflux`` is ``blotflux``."""

from __future__ import annotations

from blotflux.cli import main

if __name__ == "__main__":
    main()
