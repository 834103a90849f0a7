//! The run from a list of paths to a sink.

use super::batch::Batches;
use super::meters::{Meters, Stage};
use super::places::{Done, Pause, Places};
use super::settings::Settings;
use super::spawn::spawn;
use super::{Event, FaceReader, PipelineError, RunReport};
use crate::engine::Engine;
use crate::features::Sink;
use crate::source::{Item, SourceError, escape};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A run of pictures through an engine, as it is to be carried out.
///
/// Each function changes one thing and may be left out.
pub struct Pipeline<'a> {
    engine: &'a Engine,
    reader: Arc<FaceReader>,
    settings: Settings,
    remote: bool,
    /// Once true, the run ends.
    pub(crate) stop: Arc<AtomicBool>,
    watch: Box<dyn FnMut(Event<'_>) + 'a>,
}

/// How long the list may say nothing before the rows at hand are written.
const IDLE: Duration = Duration::from_millis(200);

impl<'a> Pipeline<'a> {
    /// Faces as `reader` makes them, through `engine`: in batches of the engine's own size, read and decoded by as many
    /// threads as there are processors.
    pub fn new(engine: &'a Engine, reader: impl Into<Arc<FaceReader>>) -> Pipeline<'a> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let settings =
            Settings { batch: engine.batch_size(), threads, normalize: false, meters: Arc::default() };
        Pipeline {
            engine,
            reader: reader.into(),
            settings,
            remote: false,
            stop: Arc::default(),
            watch: Box::new(|_| {}),
        }
    }

    /// Faces per batch. Changes speed and memory, never a feature.
    pub fn batch(mut self, faces: NonZeroUsize) -> Pipeline<'a> {
        self.settings.batch = faces.get();
        self
    }

    /// Threads that read and decode.
    pub fn threads(mut self, threads: NonZeroUsize) -> Pipeline<'a> {
        self.settings.threads = threads.get();
        self
    }

    /// Whether features are scaled to length 1; they are not unless this is said.
    pub fn normalize(mut self, normalize: bool) -> Pipeline<'a> {
        self.settings.normalize = normalize;
        self
    }

    /// Whether pictures may be in an object store: then they are asked for before their turn. Without this they are
    /// read all the same, each when its turn comes.
    pub fn remote(mut self, remote: bool) -> Pipeline<'a> {
        self.remote = remote;
        self
    }

    /// When `stop` becomes true, no further path is taken, and what was begun is finished.
    pub fn stop(mut self, stop: &Arc<AtomicBool>) -> Pipeline<'a> {
        self.stop = Arc::clone(stop);
        self
    }

    /// Tells `watch` of every row that fails, every device that is lost and every batch that is done, on the thread
    /// that runs.
    pub fn on_event(mut self, watch: impl FnMut(Event<'_>) + 'a) -> Pipeline<'a> {
        self.watch = Box::new(watch);
        self
    }

    /// The clocks of the run.
    #[cfg(feature = "parquet")]
    pub(crate) fn meters(&self) -> &Arc<Meters> {
        &self.settings.meters
    }

    /// Runs every item into `sink`, in the order of `items`.
    ///
    /// A picture that cannot be used becomes a failed row with its reason; the run goes on.
    ///
    /// The list may be one that waits, such as a person typing paths: rows are then not held back for a full batch.
    /// A list that still waits when the run ends keeps its thread until the next path or its end.
    ///
    /// # Errors
    /// If the list ends in an error, the engine fails or the sink cannot be written. Rows already handed to the sink
    /// are there.
    pub fn run(
        self,
        items: impl Iterator<Item = Result<Item, SourceError>> + Send + 'static,
        sink: &mut dyn Sink,
    ) -> Result<RunReport, PipelineError> {
        let Pipeline { engine, reader, settings, remote, stop, mut watch } = self;
        let started = Instant::now();
        #[cfg(feature = "cloud")]
        let items: Box<dyn Iterator<Item = _> + Send> =
            if remote { Box::new(super::ahead::ahead(items)?) } else { Box::new(items) };
        #[cfg(not(feature = "cloud"))]
        let _ = remote;
        let window = 2 * settings.batch + 2 * settings.threads;
        let places = Arc::new(Places::new(items, window, Arc::clone(&stop)));
        let closing = Closing(&places);
        for _ in 0..settings.threads {
            let (reader, places) = (Arc::clone(&reader), Arc::clone(&places));
            let meters = Arc::clone(&settings.meters);
            spawn("decode", move || decode(&reader, &places, &meters))?;
        }
        let mut batches = Batches::new(engine, &settings);
        let mut ready = Vec::with_capacity(window);
        loop {
            let pause =
                settings.meters.time(Stage::Faces, || places.next(batches.missing(), IDLE, &mut ready))?;
            for done in ready.drain(..) {
                batches.push(done?)?;
                if batches.is_full() {
                    batches.submit(sink, &mut *watch)?;
                }
            }
            match pause {
                Pause::Enough => {}
                Pause::Idle => {
                    batches.flush(sink, &mut *watch)?;
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
                Pause::End => break,
            }
        }
        drop(closing);
        batches.flush(sink, &mut *watch)?;
        Ok(RunReport {
            count: batches.count(),
            stopped: stop.load(Ordering::Relaxed),
            elapsed: started.elapsed(),
            times: settings.meters.times(),
            threads: settings.threads,
            devices_lost: batches.devices_lost(),
        })
    }
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
