"""Checks that other programs read what lightcnn writes, and that it reads manifests and archives of theirs.

    pip install numpy pyarrow jsonschema
    python tests/readers.py target/release/lightcnn
"""
import json
import pathlib
import subprocess
import sys
import tarfile
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

    # Features that were rewritten, by which the metadata is lost: found again, in their order, under their names.
    codecs = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]
    good = [i for i in range(len(names)) if i != 2]
    plain = table.select(["path", "feature"]).replace_schema_metadata(None)
    for number, (codec, element, size) in enumerate(
        (codec, element, size)
        for codec in codecs
        for element, size in ((pa.float32(), -1), (pa.float64(), 256), (pa.float16(), -1))
    ):
        rewritten = plain.set_column(1, "feature", plain["feature"].cast(pa.list_(element, size)))
        options = {"data_page_version": ["1.0", "2.0"][number % 2], "row_group_size": 1 + number, "compression": codec}
        pq.write_table(rewritten, folder / "back.parquet", **options)
        words = ["search", "f.npy", "--gallery", "back.parquet", "--contract", "f.contract.json", "--top", "1", "--json"]
        run = subprocess.run([program, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        answer = json.loads(run.stdout)
        assert run.returncode == 1 and answer["gallery"]["failed"] == 1 and answer["gallery"]["contract"] == contract
        hits = [probe["hits"][0] for probe in answer["probes"] if "hits" in probe]
        assert len(hits) == len(good), (codec, element)
        for hit, row in zip(hits, good):
            assert hit["path"] == names[hit["row"]] and hit["cosine"] > 0.9999, (codec, element, hit, row)
            assert hit["row"] == row or np.allclose(array[hit["row"]], array[row], rtol=1e-2, atol=1e-2)
    np.save(folder / "half.npy", array.astype(np.float16))
    words = ["compare", "half.npy#0", "f.npy#0", "--contract", "f.contract.json"]
    assert float(subprocess.run([program, *words], cwd=folder, stdout=subprocess.PIPE, check=True).stdout) > 0.9999

    # The same pictures as others hand them over: Hugging Face's columns, paths in a dictionary, archives.
    pictures.pop(2)
    whole = np.delete(array, 2, axis=0)
    points = [[float(number) for number in range(10)]] * len(pictures)
    held = [{"bytes": p.read_bytes(), "path": p.name} for p in pictures]
    images = pa.array(held, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    paths = pa.array([str(p) for p in pictures])
    for version, lists in (("1.0", pa.list_(pa.float32())), ("2.0", pa.list_(pa.float64(), 10))):
        table = pa.table({"image": images, "label": range(len(pictures)), "landmarks": pa.array(points, lists)})
        pq.write_table(table, folder / f"image{version[0]}.parquet", row_group_size=3, data_page_version=version)
    pq.write_table(pa.table({"path": paths.dictionary_encode(), "id": range(len(pictures))}), folder / "path.parquet")
    pq.write_table(pa.table({"bytes": [row["bytes"] for row in held]}), folder / "bytes.parquet", compression="none")
    for name, form in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
        with tarfile.open(folder / f"{name}.tar", "w", format=form) as archive:
            for p in pictures:
                archive.add(p, ("" if name == "ustar" else "\u00e9/" * 60) + p.name)
    for codec in codecs:
        table = pa.table({"image": images})
        pq.write_table(table, folder / f"{codec}.parquet", row_group_size=3, compression=codec)
    inputs = ["image1.parquet", "image2.parquet", "path.parquet", "bytes.parquet", "gnu.tar", "pax.tar", "ustar.tar"]
    inputs += [f"{codec}.parquet" for codec in codecs]
    for name in inputs:
        output = folder / f"{name}.npy"
        subprocess.run([program, "extract", folder / name, "--model", "demo", "-q", "-o", output], check=True)
        assert np.array_equal(np.load(output), whole), name
    inside = (folder / "pax.tar.paths.txt").read_text().splitlines()[0]
    assert inside == f"{folder / 'pax.tar'}!/" + "\u00e9/" * 60 + pictures[0].name, inside

print(f"{len(names)} rows: npy, jsonl and parquet agree; so do {len(inputs)} manifests and archives")
