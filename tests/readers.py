"""Checks that other programs read what lightcnn writes.

    pip install numpy pyarrow jsonschema
    python tests/readers.py target/release/lightcnn
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

root = pathlib.Path(__file__).resolve().parent.parent
program = pathlib.Path(sys.argv[1]).resolve()


def extract(folder, pictures, name):
    """One failed row is among the pictures, so the program must say 1."""
    run = subprocess.run([program, "extract", folder / "list.txt", "--model", "demo", "-q", "-o", folder / name])
    assert run.returncode == 1, run


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    pictures = sorted(p for p in (root / "examples/faces").iterdir() if p.suffix in {".jpg", ".png", ".pgm", ".bmp"})
    pictures.insert(2, folder / "missing.png")
    (folder / "list.txt").write_text("".join(f"{p}\n" for p in pictures))
    for name in ("f.npy", "f.jsonl", "f.parquet"):
        extract(folder, pictures, name)
    names = [str(p) for p in pictures]

    array = np.load(folder / "f.npy")
    assert array.shape == (len(names), 256) and array.dtype == np.float32 and array.flags.c_contiguous
    assert (folder / "f.paths.txt").read_text().splitlines() == names
    assert np.isnan(array[2]).all() and np.isfinite(np.delete(array, 2, axis=0)).all()
    failures = [json.loads(line) for line in (folder / "f.errors.jsonl").read_text().splitlines()]
    assert [f["row"] for f in failures] == [2] and "No such file" in failures[0]["error"]
    contract = json.loads((folder / "f.contract.json").read_text())

    schema = json.loads((root / "docs/row.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    rows = [json.loads(line) for line in (folder / "f.jsonl").read_text().splitlines()]
    for row in rows:
        jsonschema.validate(row, schema)
    assert [row["path"] for row in rows] == names and all(row["contract"] == contract for row in rows)
    lines = np.array([row["feature"] or [np.nan] * 256 for row in rows], np.float32)
    assert np.array_equal(lines, array, equal_nan=True)

    table = pq.read_table(folder / "f.parquet")
    assert table.schema.field("feature").type == pa.list_(pa.field("element", pa.float32(), nullable=False), 256)
    assert table["path"].to_pylist() == names and table["id"].to_pylist() == list(range(len(names)))
    assert table["status"].to_pylist() == ["failed" if i == 2 else "ok" for i in range(len(names))]
    assert table["error"].null_count == len(names) - 1 and table["feature"].null_count == 1
    stored = [feature or [np.nan] * 256 for feature in table["feature"].to_pylist()]
    assert np.array_equal(np.array(stored, np.float32), array, equal_nan=True)
    assert json.loads(pq.read_metadata(folder / "f.parquet").metadata[b"lightcnn.contract"]) == contract

print(f"{len(names)} rows: npy, jsonl and parquet agree")
