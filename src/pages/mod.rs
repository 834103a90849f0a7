//! The pages of a Parquet file, unpacked within bounds.
//!
//! A page of a few bytes may claim to unpack to anything, and a run-length in it stands for as many values as its header
//! says. What the headers of a column say together is what its footer said, at most; and a page unpacks to what its
//! header says, exactly. So whoever looks at the footer first knows what may come.

mod damage;
mod feature;
mod file;
mod header;
mod limits;
mod reader;
#[cfg(test)]
mod tests;
mod unpack;

pub use damage::guarded;
pub use feature::{FeatureColumn, feature_column};
pub use file::{PagedFile, check_codec};
pub use limits::{GROUP_LIMIT, LIST_ROWS};
