//! Pictures in, rows out: the only place that sees all stages.
//!
//! Several threads list, read and decode, the calling thread batches, computes and writes. Queues are
//! bounded, so memory does not grow with the number of pictures, and a slow stage slows those before it. Each
//! picture's place in the queue is taken before a thread works on it, so rows come out in input order whatever
//! the number of threads.

#[cfg(feature = "cloud")]
mod ahead;
mod batch;
mod error;
mod meters;
mod places;
mod read;
mod report;
mod run;
mod settings;
mod spawn;

pub use error::PipelineError;
#[cfg(feature = "parquet")]
pub(crate) use meters::Meters;
pub use meters::Times;
pub use read::{FaceReader, ReadFaceError};
pub use report::{Count, Event, RunReport};
pub use run::Pipeline;
