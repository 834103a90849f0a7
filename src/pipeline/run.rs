//! The run from a list of paths to a sink.

use super::FaceReader;
use super::batch::Batches;
use super::error::PipelineError;
use super::event::{Count, Event};
use super::meters::{Meters, Stage};
use super::places::{Done, Pause, Places};
use super::settings::Settings;
use super::spawn::spawn;
use crate::engine::Engine;
use crate::sink::Sink;
use crate::source::{Item, SourceError, escape};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
) -> Result<Report, PipelineError> {
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
    Ok(Report {
        count: batches.count(),
        stopped: stop.load(Ordering::Relaxed),
        elapsed: started.elapsed(),
        devices_lost: batches.devices_lost(),
    })
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
