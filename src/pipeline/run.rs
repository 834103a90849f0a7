//! The run from a list of paths to a sink.

use super::FaceReader;
use super::batch::Batches;
use super::meters::{Meters, Stage};
use super::places::{Done, Pause, Places};
use crate::engine::{self, Engine, Loss};
use crate::error::ErrorKind;
use crate::features::{Sink, SinkError};
use crate::source::{Item, SourceError, escape};
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
    /// Whether pictures may be in a store: then they are asked for before their turn.
    pub remote: bool,
    /// The clocks of the run.
    pub meters: Arc<Meters>,
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
pub struct RunReport {
    /// Rows handed to the sink.
    pub count: Count,
    /// Whether the run was told to stop before the end of its input.
    pub stopped: bool,
    /// Wall time from the first path to the last row.
    pub elapsed: Duration,
    /// Devices lost on the way.
    pub devices_lost: usize,
}

/// The run cannot go on. Rows already handed to the sink are there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The input could not be listed any further.
    #[error("the input cannot be listed")]
    Source(#[from] SourceError),
    /// The pictures' storage is gone, or this machine has run out of something; the picture is not to blame.
    #[error("row {row}, {path}: the storage of the pictures fails")]
    Storage {
        /// The row.
        row: u64,
        /// The path, escaped.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A batch could not be computed.
    #[error("rows {first}..={last} could not be computed")]
    Engine {
        /// First row of the batch.
        first: u64,
        /// Last row of the batch.
        last: u64,
        /// Why.
        source: Box<engine::Error>,
    },
    /// The output could not be written.
    #[error("the output cannot be written")]
    Sink(#[from] SinkError),
    /// A decoding thread ended before its work, after so many rows; this is a defect.
    #[error("a decoding thread stopped after {0} rows; this is a defect of lightcnn")]
    Lost(u64),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

impl PipelineError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            PipelineError::Source(error) => error.kind(),
            PipelineError::Storage { source, .. } => source.into(),
            PipelineError::Engine { source, .. } => source.kind(),
            PipelineError::Sink(error) => error.kind(),
            PipelineError::Lost(_) => ErrorKind::Internal,
            PipelineError::Thread(_) => ErrorKind::Unavailable,
        }
    }
}

/// How long the list may say nothing before the rows at hand are written.
const IDLE: Duration = Duration::from_millis(200);

/// Runs every item through `reader` and `engine` into `sink`, in the order of `items`.
///
/// A picture that cannot be used becomes a failed row with its reason; the run goes on. When `stop` becomes
/// true, no further path is taken, and what was begun is finished.
///
/// The list may be one that waits, such as a person typing paths: rows are then not held back for a full batch.
/// A list that still waits when the run ends keeps its thread until the next path or its end.
///
/// # Errors
/// If the list ends in an error, the engine fails or the sink cannot be written.
pub fn run(
    items: impl Iterator<Item = Result<Item, SourceError>> + Send + 'static,
    reader: &Arc<FaceReader>,
    engine: &Engine,
    sink: &mut dyn Sink,
    settings: &Settings,
    stop: &Arc<AtomicBool>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<RunReport, PipelineError> {
    let started = Instant::now();
    #[cfg(feature = "cloud")]
    let items: Box<dyn Iterator<Item = _> + Send> =
        if settings.remote { Box::new(super::ahead::ahead(items)?) } else { Box::new(items) };
    let window = 2 * settings.batch + 2 * settings.threads;
    let places = Arc::new(Places::new(items, window, Arc::clone(stop)));
    let closing = Closing(&places);
    for _ in 0..settings.threads {
        let (reader, places) = (Arc::clone(reader), Arc::clone(&places));
        let meters = Arc::clone(&settings.meters);
        spawn("decode", move || decode(&reader, &places, &meters))?;
    }
    let mut batches = Batches::new(engine, settings);
    let mut ready = Vec::with_capacity(window);
    loop {
        let pause =
            settings.meters.time(Stage::Faces, || places.next(batches.missing(), IDLE, &mut ready))?;
        for done in ready.drain(..) {
            batches.push(done?)?;
            if batches.is_full() {
                batches.submit(sink, watch)?;
            }
        }
        match pause {
            Pause::Enough => {}
            Pause::Idle => {
                batches.flush(sink, watch)?;
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            Pause::End => break,
        }
    }
    drop(closing);
    batches.flush(sink, watch)?;
    Ok(RunReport {
        count: batches.count(),
        stopped: stop.load(Ordering::Relaxed),
        elapsed: started.elapsed(),
        devices_lost: batches.devices_lost(),
    })
}

/// The threads are not waited for: one of them may be blocked in a list that never goes on.
pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), PipelineError> {
    thread::Builder::new().name(name.to_string()).spawn(body).map(drop).map_err(PipelineError::Thread)
}

fn decode(
    reader: &FaceReader,
    places: &Places<impl Iterator<Item = Result<Item, SourceError>>>,
    meters: &Meters,
) {
    let mut buffer = Vec::new();
    places.work(|item| {
        let face = reader.read_metered(&item, &mut buffer, meters);
        Done { id: item.id, path: escape(&item.key), face }
    });
}

/// Lets the threads end when the run does, however it ends.
struct Closing<'a, I: Iterator<Item = Result<Item, SourceError>>>(&'a Places<I>);

impl<I: Iterator<Item = Result<Item, SourceError>>> Drop for Closing<'_, I> {
    fn drop(&mut self) {
        self.0.close();
    }
}
