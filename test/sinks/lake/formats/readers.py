"""Reads a table with each reader of its format: a request as JSON on stdin, rows, types and files read on stdout."""

import glob, json, math, os, struct, sys, warnings

warnings.simplefilter("ignore")
os.environ["POLARS_ICEBERG_PLANNER"] = "pyiceberg"
import deltalake, duckdb, polars, pyarrow, pyarrow.dataset
from pyiceberg.table import StaticTable


def connection():
    import duckdb_extension_avro, duckdb_extension_delta, duckdb_extension_httpfs, duckdb_extension_iceberg

    connected = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    for module in (duckdb_extension_avro, duckdb_extension_httpfs, duckdb_extension_iceberg, duckdb_extension_delta):
        [path] = glob.glob(os.path.join(os.path.dirname(module.__file__), "extensions/*/*.duckdb_extension"))
        connected.execute(f"LOAD '{path}'")
    return connected


def type_of(kind):
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return f"list<{type_of(kind.value_type)}>"
    text = str(kind)
    return {"string": "utf8", "large_string": "utf8", "string_view": "utf8", "double": "float64", "float": "float32"}.get(text, text)


def shown(value, kind):
    if value is None:
        return None
    if kind.startswith("list<"):
        return [shown(each, kind[5:-1]) for each in value]
    if kind.startswith("float"):
        return "NaN" if math.isnan(value) else struct.pack(">d", value).hex()
    return str(value) if kind == "int64" else value


def rows_of(table):
    types = sorted((field.name, type_of(field.type)) for field in table.schema)
    columns = [[shown(value, kind) for value in table.column(name).to_pylist()] for name, kind in types]
    rows = [json.dumps(list(row), ensure_ascii=False, separators=(",", ":")) for row in zip(*columns)]
    required = sorted(field.name for field in table.schema if not field.nullable)
    return {"types": types, "rows": rows, "required": required}


def files_read(connected, scan, where):
    [[_, plan]] = connected.execute(f"EXPLAIN ANALYZE SELECT * FROM {scan} WHERE {where}").fetchall()
    return int(plan.split("Total Files Read: ")[1].split()[0])


def delta(table, version, where, without):
    found = {}
    scan = f"delta_scan('{table}'" + ("" if version is None else f", version={version}") + ")"
    connected = connection()
    condition = "true" if where is None else f"\"{where[0]}\" = " + (f"'{where[1]}'" if isinstance(where[1], str) else str(where[1]))
    query = f"SELECT * FROM {scan} WHERE {condition}"
    found["duckdb"] = rows_of(connected.execute(query).to_arrow_table()) | {"files": files_read(connected, scan, condition)}
    opened = deltalake.DeltaTable(table, version=version)
    field = None if where is None else pyarrow.dataset.field(where[0]) == where[1]
    dataset = opened.to_pyarrow_dataset()
    found["deltalake"] = rows_of(dataset.to_table(filter=field)) | {"files": len(list(dataset.get_fragments(filter=field)))}
    if "polars" in without:
        return found
    scanned = polars.scan_delta(table, version=version)
    if where is not None:
        scanned = scanned.filter(polars.col(where[0]) == where[1])
    found["polars"] = rows_of(scanned.collect().to_arrow()) | {"files": scanned.explain().count(".parquet")}
    return found


def iceberg(table, commit, where, without):
    found = {}
    opened = StaticTable.from_metadata(table)
    snapshot = None
    if commit is not None:
        [snapshot] = [one.snapshot_id for one in opened.snapshots() if one.summary["blindspot.commit"] == str(commit)]
    scan = f"iceberg_scan('{table}'" + ("" if snapshot is None else f", snapshot_from_id={snapshot}") + ")"
    connected = connection()
    condition = "true" if where is None else f"\"{where[0]}\" = " + (f"'{where[1]}'" if isinstance(where[1], str) else str(where[1]))
    query = f"SELECT * FROM {scan} WHERE {condition}"
    found["duckdb"] = rows_of(connected.execute(query).to_arrow_table()) | {"files": files_read(connected, scan, condition)}
    from pyiceberg.expressions import AlwaysTrue, EqualTo

    wanted = AlwaysTrue() if where is None else EqualTo(*where)
    planned = opened.scan(row_filter=wanted, snapshot_id=snapshot)
    opened.inspect.entries(), opened.inspect.files(), opened.inspect.manifests(), opened.inspect.partitions()
    found["pyiceberg"] = rows_of(planned.to_arrow()) | {"files": len(list(planned.plan_files()))}
    scanned = polars.scan_iceberg(opened, snapshot_id=snapshot)
    if where is not None:
        scanned = scanned.filter(polars.col(where[0]) == where[1])
    found["polars"] = rows_of(scanned.collect().to_arrow())
    return found


answers = []
for request in json.load(sys.stdin):
    read = delta if request["format"] == "delta" else iceberg
    answers.append(read(request["table"], request.get("version"), request.get("where"), request.get("without", [])))
json.dump(answers, sys.stdout)
