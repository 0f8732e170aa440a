"""A batch in a process of its own, to be killed: SOURCE DIR QUANTIFIER [resume]."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import measuring_stand_ins

from blotflux.batch.recipe import Recipe
from blotflux.batch.run import BatchRequest, run_batch

if __name__ == "__main__":
    # A shell starts what runs in its background deaf to Ctrl-C, the tests themselves perhaps.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    source, directory, quantifier, *more = sys.argv[1:]
    run_batch(
        BatchRequest(
            sources=(source,),
            directory=Path(directory),
            recipe=Recipe(quantifier=getattr(measuring_stand_ins, quantifier)),
            workers=2,
            resume="resume" in more,
        )
    )
