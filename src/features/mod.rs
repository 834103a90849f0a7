//! Files of features, both ways: written row by row ([`Sink`]), read back row by row ([`FeatureFile`]) or as a whole
//! ([`Features`]).

mod collector;
mod contract;
mod cosine;
mod error;
mod file;
mod form;
mod jsonl;
mod mat;
mod matrix;
mod names;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;
mod partial;
mod sink;
#[cfg(test)]
mod tests;
#[cfg(feature = "cloud")]
mod upload;

pub use collector::Collector;
pub use contract::read_contract;
pub use cosine::cosine;
pub use error::{Place, ReadError, RowError, SinkError};
pub use file::{FeatureFile, StoredRow};
pub(crate) use form::is_feature_file;
pub use jsonl::to_stream as jsonl_to;
pub use matrix::Features;
pub use npy::Companions;
#[cfg(feature = "parquet")]
pub use parquet::Encoder;
pub use sink::{Failure, Kept, Row, Sink, check_output, create};
