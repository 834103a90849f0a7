"""Makes the Parquet files beside it, as others write them: `python tests/parquet/make.py`, with pyarrow, polars, duckdb,
pandas, datasets and fastparquet."""
import pathlib

import datasets
import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(__file__).parent
for old in folder.glob("*.parquet"):
    old.unlink()

# Numbers that float16 holds.
row, column = np.mgrid[0:3, 0:256]
features = (((column * 7 + row * 11) % 31 - 15) / 8).astype(np.float32)
paths = [f"faces/{row}.png" for row in range(3)]
lists = [row.tolist() for row in features]
flat = pa.array(features.reshape(-1))
starts = np.arange(0, 3 * 256 + 1, 256)


def write(name, columns, **options):
    pq.write_table(pa.table(columns), folder / f"{name}.parquet", **options)


class RayTensor(pa.ExtensionType):
    """What Ray writes."""

    def __init__(self):
        super().__init__(pa.large_list(pa.float32()), "ray.data.arrow_tensor_v2")

    def __arrow_ext_serialize__(self):
        return b"[256]"

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        return cls()


large = pa.LargeListArray.from_arrays(pa.array(starts, pa.int64()), flat)
kinds = {
    "list": pa.ListArray.from_arrays(pa.array(starts, pa.int32()), flat),
    "large": large,
    "fixed": pa.FixedSizeListArray.from_arrays(flat, 256),
    "tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(features),
    "ray": pa.ExtensionArray.from_storage(RayTensor(), large),
    "float64": pa.array(lists, pa.list_(pa.float64(), 256)),
    "float16": pa.array(features.astype(np.float16).tolist(), pa.list_(pa.float16(), 256)),
    "required": pa.array(lists, pa.list_(pa.field("element", pa.float32(), nullable=False))),
}
for name, feature in kinds.items():
    write(f"features_arrow_{name}", {"rank": [3, 2, 1], "feature": feature, "path": paths})
write("features_arrow_old_names", {"path": paths, "feature": kinds["list"]}, use_compliant_nested_type=False)
for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
    for version in ("1.0", "2.0"):
        options = {"compression": codec, "data_page_version": version, "row_group_size": 2}
        write(f"features_arrow_{codec}{version[0]}", {"path": paths, "feature": kinds["list"]}, **options)
frame = pl.DataFrame({"path": paths, "feature": pl.Series(features)})
frame.write_parquet(folder / "features_polars_array.parquet")
frame.with_columns(pl.col("feature").arr.to_list()).write_parquet(folder / "features_polars_lz4.parquet", compression="lz4")
taken = pa.table({"path": paths, "feature": kinds["list"]})
for words in ("compression zstd", "compression lz4_raw", "parquet_version v2"):
    name = words.split()[1]
    duckdb.sql(f"copy (from taken) to '{folder}/features_duckdb_{name}.parquet' (format parquet, {words})")
pd.DataFrame({"path": paths, "feature": list(features)}).to_parquet(folder / "features_pandas.parquet")
datasets.Dataset.from_dict({"path": paths, "feature": lists}).to_parquet(folder / "features_datasets.parquet")

# Rows without a feature: the second one each.
without = [lists[0], None, lists[2]]
write("null_list", {"path": paths, "feature": pa.array(without, pa.list_(pa.float32()))})
write("null_fixed", {"path": paths, "feature": pa.array(without, pa.list_(pa.float32(), 256))})
write("null_told", {"path": paths, "feature": pa.array(without, pa.list_(pa.float32())), "error": [None, "torn", None]})
write("null_empty", {"path": paths, "feature": pa.array([lists[0], [], lists[2]], pa.list_(pa.float32()))})
holed = [lists[0], [*lists[1][:9], None, *lists[1][10:]], lists[2]]
write("null_value", {"path": paths, "feature": pa.array(holed, pa.list_(pa.float32()))})

# What is not read.
write("wrong_short", {"path": paths, "feature": pa.array([lists[0], lists[1][:9], lists[2]], pa.list_(pa.float32()))})
write("wrong_long", {"path": paths, "feature": pa.array([row * 2 for row in lists], pa.list_(pa.float32()))})
write("wrong_nested", {"path": paths, "feature": pa.array([[row] for row in lists])})
write("wrong_whole", {"path": paths, "feature": pa.array([[1] * 256] * 3)})
write("wrong_text", {"path": paths, "feature": ["1 2 3"] * 3})
write("wrong_parts", {"path": paths, "feature": [{"data": row, "shape": [256]} for row in lists]})
write("wrong_no_feature", {"path": paths, "embedding": kinds["list"]})
write("wrong_no_name", {"path": [paths[0], None, paths[2]], "feature": kinds["list"]})
write("wrong_number_path", {"path": [1, 2, 3], "feature": kinds["list"]})

# No names; and pictures beside features.
write("unnamed", {"id": ["a", "b", "c"], "feature": kinds["list"]})
pictures = [b"P5 8 8 255 " + bytes([64 * row]) * 64 for row in range(3)]
write("both", {"image": pictures, "path": paths, "feature": kinds["fixed"]})

# Manifests.
held = {"bytes": pictures, "id": ["a", "b", "c"]}
for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
    for version in ("1.0", "2.0"):
        write(f"pictures_arrow_{codec}{version[0]}", held, compression=codec, data_page_version=version, row_group_size=2)
frame = pl.DataFrame(held)
for codec in ("zstd", "lz4", "gzip", "brotli"):
    frame.write_parquet(folder / f"pictures_polars_{codec}.parquet", compression=codec)
taken = pa.table(held)
for codec in ("snappy", "zstd", "lz4_raw"):
    duckdb.sql(f"copy (from taken) to '{folder}/pictures_duckdb_{codec}.parquet' (format parquet, compression {codec})")
for codec in ("LZ4", "ZSTD"):
    fastparquet.write(str(folder / f"pictures_fastparquet_{codec.lower()}.parquet"), pd.DataFrame(held), compression=codec)
