"""Rows of Parquet files as pyarrow, polars and DuckDB read them, as JSON.

    python crossReaders.py FILES.json

FILES.json: {"files": [path, ...], "folders": {folder: key}}. Printed: for each reader and file {"types", "columns"}, in which
numbers are the hexadecimal digits of their bits, and for each reader and folder the rows by the value of the partition's key.
"""

import json
import sys

import duckdb
import numpy
import polars
import pyarrow
import pyarrow.compute
import pyarrow.dataset
import pyarrow.parquet

connection = duckdb.connect()


def literal(path):
    return "'" + path.replace("'", "''") + "'"


def by_duckdb(path, hive=False):
    query = f"SELECT * FROM read_parquet({literal(path)}, hive_partitioning = {hive})"
    table = connection.sql(query).arrow()
    return table.read_all() if hasattr(table, "read_all") else table


FILES = {
    "pyarrow": lambda path: pyarrow.parquet.ParquetFile(path).read(),
    "polars": lambda path: polars.read_parquet(path, hive_partitioning=False).to_arrow(),
    "duckdb": by_duckdb,
}
FOLDERS = {
    "pyarrow": lambda folder: pyarrow.dataset.dataset(folder, partitioning="hive").to_table(),
    "polars": lambda folder: polars.read_parquet(folder + "/**/*.parquet", hive_partitioning=True).to_arrow(),
    "duckdb": lambda folder: by_duckdb(folder + "/**/*.parquet", True),
}


def type_of(kind):
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return f"list<{type_of(kind.value_type)}>"
    if pyarrow.types.is_large_string(kind) or pyarrow.types.is_string_view(kind):
        return "string"
    return str(kind)


def bits(values):
    """Hexadecimal digits of floats, integers as they are."""
    array = values.to_numpy(zero_copy_only=False)
    if array.dtype.kind != "f":
        return values.to_pylist()
    if array.dtype.itemsize == 2:
        array = array.astype(numpy.float32)
    width = array.dtype.itemsize
    digits = array.astype(array.dtype.newbyteorder(">")).tobytes().hex()
    return [digits[i : i + 2 * width] for i in range(0, len(digits), 2 * width)]


def cells(column):
    column = column.combine_chunks()
    if isinstance(column, pyarrow.ChunkedArray):
        column = pyarrow.concat_arrays(column.chunks) if column.num_chunks else pyarrow.array([], column.type)
    valid = column.is_valid().to_pylist()
    if type_of(column.type).startswith("list"):
        return [bits(column[i].values) if there else None for i, there in enumerate(valid)]
    if pyarrow.types.is_floating(column.type):
        # a copy without nulls keeps the bits of the others
        present = iter(bits(column.drop_null()))
        return [next(present) if there else None for there in valid]
    if pyarrow.types.is_int64(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    return column.to_pylist()


def described(table):
    return {
        "types": {field.name: type_of(field.type) for field in table.schema},
        "columns": {name: cells(table.column(name)) for name in table.column_names},
    }


def counted(table, key):
    counts = {}
    for value in table.column(key).to_pylist():
        counts[str(value)] = counts.get(str(value), 0) + 1
    return counts


with open(sys.argv[1]) as file:
    asked = json.load(file)
answer = {}
for name in FILES:
    answer[name] = {
        "files": [described(FILES[name](path)) for path in asked["files"]],
        "folders": {folder: counted(FOLDERS[name](folder), key) for folder, key in asked["folders"].items()},
    }
print(json.dumps(answer))
