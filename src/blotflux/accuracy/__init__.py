"""How right the numbers are: drawn blots are measured and scored against their truth.

The scoring: a band counts where its peak is at least 6 times the noise, a volume where it is 12
times. A found lane is right within 0.35 of the pitch of a lane that has a countable band; a picture
is exactly right if none of these is missed or doubled and nothing else is called a lane (empty
lanes count neither way). A found band is right within 0.4 lane widths and max(5 px, 2 sigma);
extra bands in a ladder lane are free. Volume errors are per row after one common factor, as
|ratio - 1|; a band without a positive volume counts as 100 %.

Seeds below 10 000 are for tuning; those from 1 000 000 on are kept back to report figures.
"""

from __future__ import annotations

from blotflux.accuracy.run import Trial, measure_accuracy, try_blot
from blotflux.accuracy.score import BlotScore, score_blot
from blotflux.accuracy.seeds import HELD_OUT_SEED, TUNE_SEEDS
from blotflux.accuracy.table import AccuracyTable, ConfidenceBin, KindAccuracy, render

__all__ = [
    "HELD_OUT_SEED",
    "TUNE_SEEDS",
    "AccuracyTable",
    "BlotScore",
    "ConfidenceBin",
    "KindAccuracy",
    "Trial",
    "measure_accuracy",
    "render",
    "score_blot",
    "try_blot",
]
