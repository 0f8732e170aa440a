"""Numbers as sentences have them: the table's, with three significant digits."""

from __future__ import annotations

__all__ = ["three_digits", "with_error"]


def three_digits(value: float | None) -> str:
    """Return a number with three significant digits, zeros at the end included.

    >>> three_digits(2.28754), three_digits(0.0272), three_digits(12345.0), three_digits(1.6)
    ('2.29', '0.0272', '12300', '1.60')
    """
    if value is None:
        return "unknown"
    rounded = float(f"{value:.3g}")
    if rounded == 0 or 1e-4 <= abs(rounded) < 1e6:
        digits = max(0, 2 - exponent(rounded))
        return f"{rounded:.{digits}f}"
    return f"{rounded:.2e}"


def with_error(value: float, error: float | None) -> str:
    """Return a number and its standard error, which has two digits; both with the same decimals.

    >>> with_error(4.4088, 0.2013), with_error(-1.644, 0.53), with_error(2.0, None)
    ('4.41 ± 0.20 (SE)', '-1.64 ± 0.53 (SE)', '2.00')
    """
    if error is None or not error > 0:
        return three_digits(value)
    digits = max(0, 1 - exponent(float(f"{error:.2g}")))
    return f"{value:.{digits}f} ± {error:.{digits}f} (SE)"


def exponent(value: float) -> int:
    """Return the decimal exponent of a number."""
    return int(f"{value:e}".partition("e")[2]) if value else 0
