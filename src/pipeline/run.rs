//! The run from a list of paths to a sink.

use super::batch::Batches;
use super::{FaceReader, ReadFaceError};
use crate::backend::{Backend, BackendError, Loss};
use crate::image::Face;
use crate::sink::{Sink, SinkError};
use crate::source::{Item, SourceError, escape};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How a run is carried out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Faces per batch, at least 1. Changes speed and memory, never a feature.
    pub batch: usize,
    /// Threads that read and decode, at least 1.
    pub threads: usize,
    /// Whether features are scaled to length 1.
    pub normalize: bool,
}

/// How many rows were handed to the sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All rows.
    pub rows: u64,
    /// Those among them that failed.
    pub failed: u64,
}

/// Something a watcher of a run may want to say.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A row failed.
    Failed {
        /// The path, escaped.
        path: &'a str,
        /// The reason.
        reason: &'a str,
    },
    /// A device was lost; those that are left compute its batches again.
    DeviceLost(&'a Loss),
    /// A batch was handed to the sink.
    Batch(Count),
}

/// What a run did.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Rows handed to the sink.
    pub count: Count,
    /// Whether the run was told to stop before the end of its input.
    pub stopped: bool,
    /// Wall time from the first path to the last row.
    pub elapsed: Duration,
    /// Devices lost on the way.
    pub devices_lost: usize,
    /// Time spent waiting for the backend.
    pub computing: Duration,
}

/// The run cannot go on. Rows already handed to the sink are there.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The input could not be listed any further.
    #[error("the input cannot be listed")]
    Source(#[from] SourceError),
    /// A batch could not be computed.
    #[error("rows {first}..={last} could not be computed")]
    Backend {
        /// First row of the batch.
        first: u64,
        /// Last row of the batch.
        last: u64,
        /// Why.
        source: BackendError,
    },
    /// The output could not be written.
    #[error("the output cannot be written")]
    Sink(#[from] SinkError),
    /// A decoding thread ended before its work; this is a defect.
    #[error("a decoding thread stopped at row {0}; this is a defect of lightcnn")]
    Lost(u64),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// How long the list may say nothing before the rows at hand are written.
const IDLE: Duration = Duration::from_millis(200);

/// A picture that was worked on: its name, escaped, and its face.
pub(super) struct Done {
    pub id: u64,
    pub path: String,
    pub face: Result<Face, ReadFaceError>,
}

/// A picture's place in the output, and where its face will arrive.
type Place = (u64, Receiver<Done>);
/// A picture to read, and where to put its face.
type Work = (Item, Sender<Done>);

/// Runs every item through `reader` and `backend` into `sink`, in the order of `items`.
///
/// A picture that cannot be used becomes a failed row with its reason; the run goes on. When `stop` becomes
/// true, no further path is taken, and what was begun is finished.
///
/// The list may be one that waits, such as a person typing paths: rows are then not held back for a full batch.
/// A list that still waits when the run ends keeps its thread until the next path or its end.
///
/// # Errors
/// If the list ends in an error, the backend fails or the sink cannot be written.
pub fn run(
    items: impl Iterator<Item = Result<Item, SourceError>> + Send + 'static,
    reader: &Arc<FaceReader>,
    backend: &mut dyn Backend,
    sink: &mut dyn Sink,
    settings: &Settings,
    stop: &Arc<AtomicBool>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Report, PipelineError> {
    let started = Instant::now();
    let window = 2 * settings.batch + 2 * settings.threads;
    let (place_in, places) = bounded::<Result<Place, SourceError>>(window);
    let (work_in, work) = bounded::<Work>(window);
    let told = Arc::clone(stop);
    spawn("list", move || list(items, &told, &place_in, &work_in))?;
    for _ in 0..settings.threads {
        let (reader, work) = (Arc::clone(reader), work.clone());
        spawn("decode", move || decode_all(&reader, &work))?;
    }
    drop(work);
    let mut batches = Batches::new(backend, settings);
    loop {
        match places.recv_timeout(IDLE) {
            Ok(place) => {
                let (id, done) = place?;
                batches.push(done.recv().map_err(|_| PipelineError::Lost(id))?);
                if batches.is_full() {
                    batches.submit(sink, watch)?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                batches.flush(sink, watch)?;
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    batches.flush(sink, watch)?;
    Ok(Report {
        count: batches.count(),
        stopped: stop.load(Ordering::Relaxed),
        elapsed: started.elapsed(),
        devices_lost: batches.devices_lost(),
        computing: batches.computing(),
    })
}

/// The threads are not waited for: one of them may be blocked in a list that never goes on.
fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), PipelineError> {
    thread::Builder::new().name(name.into()).spawn(body).map_err(PipelineError::Thread)?;
    Ok(())
}

/// Takes a place for every item before any thread can finish it: that keeps the order.
fn list(
    items: impl Iterator<Item = Result<Item, SourceError>>,
    stop: &AtomicBool,
    places: &Sender<Result<Place, SourceError>>,
    work: &Sender<Work>,
) {
    for item in items {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (done_in, done) = bounded(1);
        let sent = match item {
            Ok(item) => places.send(Ok((item.id, done))).is_ok() && work.send((item, done_in)).is_ok(),
            Err(error) => places.send(Err(error)).is_ok(),
        };
        // A closed queue means that the run ended early and has said why.
        if !sent {
            return;
        }
    }
}

fn decode_all(reader: &FaceReader, work: &Receiver<Work>) {
    let mut buffer = Vec::new();
    for (item, done) in work {
        let face = reader.read(&item, &mut buffer);
        // The place may be gone when the run ended early.
        let _ = done.send(Done { id: item.id, path: escape(&item.key), face });
    }
}
