"""Prints src/features/parquet/arrow_schema.txt: the Arrow schema of our Parquet files, in the form Arrow stores in them.

    pip install pyarrow; python tests/arrow_schema.py > src/features/parquet/arrow_schema.txt
"""
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

schema = pa.schema([
    pa.field("id", pa.int64(), nullable=False),
    pa.field("path", pa.string(), nullable=False),
    pa.field("status", pa.string(), nullable=False),
    pa.field("error", pa.string()),
    pa.field("feature", pa.list_(pa.field("element", pa.float32(), nullable=False), 256)),
])
with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
    pq.write_table(schema.empty_table(), file.name)
    print(pq.read_metadata(file.name).metadata[b"ARROW:schema"].decode())
