//! `.jsonl`: one object per row, each with its contract. `docs/row.schema.json` describes it.

mod read;
mod write;

pub(super) use read::open;
pub(super) use write::Jsonl;
pub use write::to_stream;
