"""How often the examples made for one network fool another, and how far they are from their images.

    python3 examples/results.py results

Needs pyarrow (pip install pyarrow).
"""

import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

# what tells an example from every other one
KEY = ["run", "source_model", "method", "goal", "dataset", "split", "index", "target"]

folder = sys.argv[1] if len(sys.argv) > 1 else "results"
# what is no Parquet file is metadata of a table format
OF_FILES = {"format": "parquet", "exclude_invalid_files": True}
scores = ds.dataset(f"{folder}/scores", **OF_FILES).to_table(
    columns=[*KEY, "model", "error"], filter=pc.field("kind") == "adversarial"
)
# images are large: only the columns that are asked for are read
examples = ds.dataset(f"{folder}/examples", **OF_FILES).to_table(columns=[*KEY, "distortion"])

error = scores["error"].cast(pa.int8())
rows = scores.set_column(scores.schema.get_field_index("error"), "error", error).join(
    examples, keys=KEY, join_type="inner"
)
table = rows.group_by(["source_model", "model"]).aggregate(
    [("error", "count"), ("error", "mean"), ("distortion", "mean")]
)
for row in table.sort_by([("source_model", "ascending"), ("model", "ascending")]).to_pylist():
    print(
        row["source_model"],
        row["model"],
        row["error_count"],
        f"{row['error_mean']:.4f}",
        f"{row['distortion_mean']:.4f}",
        sep="\t",
    )
