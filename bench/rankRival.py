"""The first and last images along directions with numpy, on the windows of bench/rank's pool.

    python bench/rankRival.py CASE.json

CASE.json: {"pool": file of float32, "directions": file of float32 [directions x units], "stride", "units", "rows",
"batchRows", "top", "rate": multiplications to time, "results": file}. Batch b is the window of the pool that begins at
b * stride. Writes "indices", "values" (files of [directions x 2 top]: the first top and the last top, in no order) and the
results: seconds, matmul (seconds of the products alone, a median, with the rows of a whole batch), numpy's version.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np


def main():
    case = json.loads(Path(sys.argv[1]).read_text())
    rows, units, batch, top = (case[name] for name in ("rows", "units", "batchRows", "top"))
    pool = np.fromfile(case["pool"], "<f4")
    directions = np.fromfile(case["directions"], "<f4").reshape(-1, units)

    def window(start):
        at = start // batch * case["stride"]
        n = min(batch, rows - start)
        return pool[at : at + n * units].reshape(n, units)

    def product_seconds():
        began = time.perf_counter()
        directions @ window(0).T
        return time.perf_counter() - began

    product_seconds()
    products = [product_seconds() for _ in range(case["rate"])]

    began = time.perf_counter()
    values = np.empty((len(directions), 0), "f4")
    indices = np.empty((len(directions), 0), "i4")
    for start in range(0, rows, batch):
        scores = directions @ window(start).T
        index = np.broadcast_to(np.arange(start, start + scores.shape[1], dtype="i4"), scores.shape)
        ends = at_the_ends(scores, top)
        values = np.hstack([values, np.take_along_axis(scores, ends, 1)])
        indices = np.hstack([indices, np.take_along_axis(index, ends, 1)])
        ends = at_the_ends(values, top)
        values = np.take_along_axis(values, ends, 1)
        indices = np.take_along_axis(indices, ends, 1)
    seconds = time.perf_counter() - began

    products += [product_seconds() for _ in range(case["rate"])]
    np.ascontiguousarray(values, "<f4").tofile(case["values"])
    np.ascontiguousarray(indices, "<i4").tofile(case["indices"])
    results = {"version": np.__version__, "seconds": seconds, "matmul": statistics.median(products)}
    Path(case["results"]).write_text(json.dumps(results))


def at_the_ends(values, top):
    """Where the top largest and the top least of each row are."""
    n = values.shape[1]
    if n <= 2 * top:
        return np.broadcast_to(np.arange(n), values.shape)
    order = np.argpartition(values, (top - 1, n - top), axis=1)
    return np.hstack([order[:, n - top :], order[:, :top]])


main()
