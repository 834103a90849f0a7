//! `.parquet`: id, path, status, error, feature; the contract in the metadata. Of others, any file with a column `feature`.

mod columns;
mod read;
mod write;

pub(super) use read::{open, open_file};
pub use write::Encoder;
pub(super) use write::Parquet;

const CONTRACT_KEY: &str = "lightcnn.contract";

/// The list has three levels, as the format's `LogicalTypes.md` wants it; a failed row has no list.
const SCHEMA: &str = "message features {
    required int64 id;
    required binary path (STRING);
    required binary status (STRING);
    optional binary error (STRING);
    optional group feature (LIST) { repeated group list { required float element; } }
}";

/// Tells Arrow readers that every list has 256 values. `tests/arrow_schema.py` prints it.
const ARROW_SCHEMA: &str = include_str!("arrow_schema.txt");
