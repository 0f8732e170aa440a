"""Words and numbers that people and instruments put into the names of pictures."""

from __future__ import annotations

import re

__all__ = [
    "BLOT",
    "CLOCK",
    "COMPOSITE_WORDS",
    "DATE",
    "DETECTION_WORDS",
    "EXPOSURE",
    "EXTENSION",
    "LETTERS_DIGITS",
    "LONGEST_S",
    "MARKER_WORDS",
    "NOISE_WORDS",
    "REPLICATE",
    "SECONDS",
    "SEVERAL_ROWS",
    "SITE",
    "STRIP_WORDS",
    "SYNONYMS",
    "TOTAL_PROTEIN_WORDS",
    "WORD",
]

EXTENSION = re.compile(r"\.(tiff?|png|jpe?g|bmp|scn|1sc|gel|img|zip)$", re.IGNORECASE)
DATE = re.compile(
    r"(?<!\d)(?P<year>20\d\d)[-_. ]?(?P<month>0[1-9]|1[0-2])[-_. ]?(?P<day>[0-2]\d|3[01])(?!\d)"
)
CLOCK = re.compile(
    r"(?<!\d)(?P<hour>[01]\d|2[0-3])[-_.:h ]?(?P<minute>[0-5]\d)"
    r"(?:[-_.:m ]?(?P<second>[0-5]\d)s?|m)(?!\d)"
)
EXPOSURE = re.compile(
    r"(?<![a-z0-9])(?P<told>exp(?:osure)?[-_ =]?)?(?P<number>\d+(?:[.,]\d+)?)[-_ ]?"
    r"(?P<unit>ms|msec|sec(?:onds?)?|s|min(?:utes?)?)(?![a-z0-9])",
    re.IGNORECASE,
)
LONGEST_S = 300.0
SECONDS = {"ms": 1e-3, "msec": 1e-3, "min": 60.0, "minute": 60.0, "minutes": 60.0}
REPLICATE = re.compile(
    r"(?:bio|biological)?(?:rep|replicate|repl|r|n|set|exp|experiment|culture|passage|mouse|animal)"
    r"(?P<number>\d{1,2})"
)
BLOT = re.compile(r"(?:blot|membrane|mem|gel|wb)(?P<number>\d{1,2})")
SITE = re.compile(r"(?:p?(?:s|t|y|ser|thr|tyr)\d{2,4})+")
LETTERS_DIGITS = re.compile(r"(?P<letters>[a-z]{2,}?)(?P<digits>\d{1,2})")
WORD = re.compile(r"[^\W_]+")

# Rows that one word stands for, from the top, where the target list has one row for it.
SEVERAL_ROWS = {
    "lc3": ("LC3-I", "LC3-II"),
    "lc3b": ("LC3-I", "LC3-II"),
    "lc3a": ("LC3-I", "LC3-II"),
    "map1lc3b": ("LC3-I", "LC3-II"),
    "lc3i/ii": ("LC3-I", "LC3-II"),
    "lc3iii": ("LC3-I", "LC3-II"),  # "LC3-I-II" and "LC3 I/II" without what separates them
}
SYNONYMS = {
    "act": "beta-actin",
    "bactin": "beta-actin",
    "bact": "beta-actin",
    "tub": "beta-tubulin",
    "atub": "alpha-tubulin",
    "btub": "beta-tubulin",
    "gapd": "GAPDH",
    "gap": "GAPDH",
    "vinc": "vinculin",
    "vcl": "vinculin",
    "sqstm": "p62",
    "becn": "Beclin-1",
    "p65s6k": "p70 S6K",
}
TOTAL_PROTEIN_WORDS = {
    "ponceau": "stain",
    "ponceaus": "stain",
    "coomassie": "stain",
    "cbb": "stain",
    "stainfree": "fluorescence",
    "revert": "fluorescence",
    "totalprotein": "",
    "totprot": "",
    "tps": "",
    "tpn": "",
}
DETECTION_WORDS = {
    "chemi": "ecl",
    "chemiluminescence": "ecl",
    "chemidoc": "ecl",
    "ecl": "ecl",
    "lumi": "ecl",
    "film": "film",
    "xray": "film",
    "700": "fluorescence",
    "800": "fluorescence",
    "700nm": "fluorescence",
    "800nm": "fluorescence",
    "cy3": "fluorescence",
    "cy5": "fluorescence",
    "irshort": "fluorescence",
    "irlong": "fluorescence",
    "ir700": "fluorescence",
    "ir800": "fluorescence",
}
MARKER_WORDS = frozenset({"marker", "ladder", "mw", "colorimetric", "white", "visible"})
COMPOSITE_WORDS = frozenset({"merge", "merged", "composite", "overlay", "multichannel"})
STRIP_WORDS = frozenset({"strip", "stripped", "stripcontrol", "poststrip"})
# Words that people and instruments add and that say nothing of the membrane.
NOISE_WORDS = frozenset(
    {
        *("wb", "western", "westernblot", "image", "img", "raw", "final", "crop", "cropped"),
        *("copy", "scan", "exposure", "exp", "short", "long", "high", "low", "best", "auto"),
        *("optimal", "bit", "16bit", "8bit", "tif", "tiff", "linear", "export", "exported"),
        *("total", "pan", "phospho", *STRIP_WORDS, "reprobe", "reprobed", "new", "old", "inverted"),
        *("ibright", "azure", "odyssey", "fusion", "amersham", "typhoon", "las", "iq800"),
        *("series", "ms", "s", "sec", "min", "h", "m", "am", "pm", "membrane", "blot", "gel"),
    }
)
