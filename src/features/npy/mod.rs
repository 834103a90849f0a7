//! `.npy`: N×256 float32 and, beside it, the contract, one path per line, and the failed rows. Arrays of others, of any
//! width, are read as well.

mod companions;
mod header;
mod matrix;
mod rows;
mod write;

/// Bytes a contract may have; ours have some hundred.
const CONTRACT_LIMIT: u64 = 1 << 20;

pub use companions::Companions;
pub(super) use matrix::open as open_matrix;
pub(super) use rows::open as open_rows;
pub(super) use write::Npy;
