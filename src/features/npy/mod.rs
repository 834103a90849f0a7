//! `.npy`: N×256 float32 and, beside it, the contract, one path per line, and the failed rows. Arrays of others, of any
//! width, are read as well.

mod companions;
mod header;
mod matrix;
mod write;

pub use companions::Companions;
pub(super) use matrix::open as open_matrix;
pub(super) use write::Npy;
