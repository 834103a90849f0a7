//! Jobs: millions of pictures into features, in a folder that survives whatever happens to the process.
//!
//! A job's rows are cut into shards by a hash of their keys, and a shard's rows into chunks in the order of the
//! listing. A chunk becomes a part, a Parquet file, and the part's record; both are put in one step each, the record
//! last. What has a record is done; everything else is done again, with the same bytes as result. The layout of the
//! folder is in `docs/job-folder.md`.
//!
//! | word | |
//! |---|---|
//! | job | a listing, and what makes its features; a folder |
//! | shard | the rows of a job that one process does at a time |
//! | chunk | consecutive rows of a shard: the unit of work that is kept or lost |
//! | part | the file a chunk becomes |
//! | record | what a part is, beside it; with it the chunk counts as done |
//! | key | what a row is called: the escaped path |

mod bound;
mod claim;
mod difference;
mod error;
mod files;
mod holder;
mod inspect;
mod max_bad;
mod merge;
mod part;
mod parts;
mod scan;
mod shard;
#[doc(hidden)]
pub mod store;
mod tally;
mod verify;
mod work;

#[doc(hidden)]
pub use bound::{Bound, DeviceShares, Limit};
pub use claim::{Claim, Start};
pub use error::JobError;
pub use files::JobFile;
#[doc(hidden)]
pub use files::{Record, Seconds, Terms};
pub use inspect::{ShardStatus, Status};
pub use max_bad::{MaxBad, NoMaxBad};
pub use merge::{features, merge};
pub use scan::{List, Listing};
pub use shard::{Shard, ShardError};
#[cfg(feature = "cloud")]
pub use store::Remote;
pub use store::{JobFolder, Local, Store, StoreError, folder};
pub use tally::Tally;
pub use verify::{Finding, Verified, verify};

#[cfg(test)]
mod tests;
