"""``python -m benchmarks [name ...]``: what kobotui promises of speed, measured now and here, as a Markdown table.

A new benchmark is a generator of figures in a file of its own, and a name for it below.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import bytes as written
from benchmarks import changes, keys, matrix, memory, page, requests, start
from benchmarks.figures import HEADINGS
from benchmarks.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.figures import Figure

BENCHMARKS: dict[str, Callable[[World, int], Iterator[Figure]]] = {
    "start": start.measure,
    "version": start.version,
    "page": page.measure,
    "keys": keys.measure,
    "cursor": written.cursor,
    "script": written.script,
    "idle": written.idle,
    "requests": requests.measure,
    "memory": memory.measure,
    "matrix": matrix.measure,
    "changes": changes.measure,
    # export
}


def main() -> int:
    """Measure what was asked for, or everything; 1 when a bound is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--rounds", type=int, default=11, help="rounds of which the median counts (%(default)s)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    kept = True
    sys.stdout.write(HEADINGS + "\n")
    for name in arguments.names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="kobotui-benchmark-") as place:
            for figure in BENCHMARKS[name](World(Path(place)), arguments.rounds):
                sys.stdout.write(figure.line() + "\n")
                sys.stdout.flush()
                kept &= figure.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
