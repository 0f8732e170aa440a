"""Work spread over processes: those of this machine, or of a dask cluster.

One function per task (`Work.do`), the same on every engine: `blotflux batch` gives it shards of
many pictures, `blotflux run` the pictures of a study. A process that ends costs what it had in
hand at most; a process that hangs is ended by `time_limit`.

- `blotflux.engine.work` says what is done with each task,
- `blotflux.engine.pool` carries tasks to processes of this machine,
- `blotflux.engine.cluster` carries them to a dask scheduler,
- `blotflux.engine.limit` ends what takes too long.
"""

from __future__ import annotations
