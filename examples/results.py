"""Questions to the results, without SQL; a line per row of the answer, its first column says which.

    python3 examples/results.py results

Needs pyarrow (pip install pyarrow). The same questions as SQL are in results.sql, in a notebook in results.ipynb.
"""

import sys
from math import sqrt

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

Z = 1.96


def wilson(share, n):
    """The 95 % interval of a share of n images."""
    centre, half = share + Z**2 / 2 / n, Z * sqrt(share * (1 - share) / n + Z**2 / 4 / n**2)
    return [(centre - half) / (1 + Z**2 / n), (centre + half) / (1 + Z**2 / n)]


def show(*values):
    print(*(f"{value:.4f}" if isinstance(value, float) else value for value in values), sep="\t")


folder = sys.argv[1] if len(sys.argv) > 1 else "results"


def table(name, columns, condition=None):
    # what is no Parquet file is metadata of a table format; images are large: only what is asked for is read
    files = ds.dataset(f"{folder}/{name}", format="parquet", partitioning=None, exclude_invalid_files=True)
    return files.to_table(columns=columns, filter=condition)


IMAGE = ["dataset", "split", "index"]

# whether a victim takes the example for another class than its label
fed = ["run", "source_model", "model"]
scores = table("scores", [*fed, *IMAGE, "error"], pc.field("kind") == "adversarial")
scores = scores.set_column(
    scores.schema.get_field_index("error"), "error", scores["error"].cast(pa.int8())
)
# several targets of an image are one in the interval
images = scores.group_by([*fed, *IMAGE]).aggregate([]).group_by(fed).aggregate([([], "count_all")])
errors = scores.group_by(fed).aggregate([("error", "mean")]).join(images, keys=fed)
for row in errors.sort_by([(key, "ascending") for key in ["source_model", "run", "model"]]).to_pylist():
    share, n = row["error_mean"], row["count_all"]
    show("transfer", row["source_model"], row["model"], n, share, *wilson(share, n))

# how far the examples of each network are from their images, and which image is the nearest
attack = ["run", "source_model", "goal"]
order = [(key, "ascending") for key in ["source_model", "goal", "run"]]
examples = table("examples", [*attack, "index", "status", "reason", "distortion"])
found = examples.filter(pc.field("status") == "success").sort_by("distortion")
distances = found.group_by(attack, use_threads=False).aggregate(
    [("distortion", "count"), ("distortion", "mean"), ("distortion", "min"), ("index", "first")]
)
for row in distances.sort_by(order).to_pylist():
    numbers = [row["distortion_count"], row["distortion_mean"], row["distortion_min"], row["index_first"]]
    show("distance", row["source_model"], row["goal"], *numbers)

# how the searches ended
endings = examples.group_by([*attack, "status", "reason"]).aggregate([([], "count_all")])
order += [("count_all", "descending"), ("status", "ascending"), ("reason", "ascending")]
for row in endings.sort_by(order).to_pylist():
    show("ending", row["source_model"], row["goal"], row["status"], row["reason"], row["count_all"])
