//! Pictures in, rows out: the only place that sees all stages.
//!
//! Several threads list, read and decode, the calling thread batches, computes and writes. Queues are
//! bounded, so memory does not grow with the number of pictures, and a slow stage slows those before it. Each
//! picture's place in the queue is taken before a thread works on it, so rows come out in input order whatever
//! the number of threads.

#[cfg(feature = "cloud")]
mod ahead;
mod batch;
mod meters;
mod places;
mod read;
mod run;

pub use meters::{Meters, Times};
pub use read::{FaceReader, ReadFaceError};
pub use run::{Count, Event, PipelineError, RunReport, Settings, run};
