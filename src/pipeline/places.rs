//! Pictures on their way through the decoding threads, kept in the order of the list.
//!
//! A thread takes the next picture of the list and with it a place in a queue of bounded length; the face is put into
//! that place when it is done. Only the filled front of the queue is handed on. A thread that finds no room waits, and
//! the list with it. The consumer is woken once for as many faces as it wants, not for each.

use super::{PipelineError, ReadFaceError};
use crate::image::Face;
use crate::source::{Item, SourceError};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A picture that was worked on: its name, escaped, and its face.
pub(super) struct Done {
    pub id: u64,
    pub path: String,
    pub face: Result<Face, ReadFaceError>,
}

/// The list and the places; `I` gives the pictures.
pub(super) struct Places<I> {
    list: Mutex<I>,
    queue: Mutex<Queue>,
    /// There is room in the queue.
    room: Condvar,
    /// The consumer has what it waits for.
    enough: Condvar,
    window: usize,
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct Queue {
    /// Empty while a thread works on it.
    places: VecDeque<Option<Result<Done, SourceError>>>,
    /// Places handed on before the first of these.
    before: u64,
    /// How many at the front are filled.
    filled: usize,
    /// How many the consumer waits for.
    wanted: usize,
    /// No further place will be taken.
    ended: bool,
    /// A thread ended in the middle of its work.
    broken: bool,
}

/// Why no more places were handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// There are as many as were wanted.
    Enough,
    /// The list says nothing, and all it said before is done.
    Idle,
    /// That was all.
    End,
}

impl<I: Iterator<Item = Result<Item, SourceError>>> Places<I> {
    /// Keeps up to `window` pictures of `list` between the threads and the consumer. No picture is taken from the list
    /// once `stop` is true.
    pub(super) fn new(list: I, window: usize, stop: Arc<AtomicBool>) -> Places<I> {
        Places {
            list: Mutex::new(list),
            queue: Mutex::new(Queue::default()),
            room: Condvar::new(),
            enough: Condvar::new(),
            window,
            stop,
        }
    }

    /// Works on pictures of the list until there are none.
    pub(super) fn work(&self, mut read: impl FnMut(Item) -> Done) {
        let alarm = Alarm(self);
        while let Some((place, item)) = self.take() {
            self.fill(place, item.map(&mut read));
        }
        std::mem::forget(alarm);
    }

    /// The next picture and its place. The list is locked meanwhile, so places are taken in its order.
    fn take(&self) -> Option<(u64, Result<Item, SourceError>)> {
        let mut list = self.list.lock().ok()?;
        let mut queue = self.queue();
        while queue.places.len() >= self.window && !queue.ended {
            queue = self.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if queue.ended {
            return None;
        }
        drop(queue);
        let item = if self.stop.load(Ordering::Relaxed) { None } else { list.next() };
        let mut queue = self.queue();
        if !matches!(item, Some(Ok(_))) {
            queue.ended = true;
            self.enough.notify_one();
        }
        let item = item?;
        let place = queue.before + queue.places.len() as u64;
        queue.places.push_back(None);
        Some((place, item))
    }

    fn fill(&self, place: u64, done: Result<Done, SourceError>) {
        let mut queue = self.queue();
        let at = (place - queue.before) as usize;
        queue.places[at] = Some(done);
        while queue.places.get(queue.filled).is_some_and(Option::is_some) {
            queue.filled += 1;
        }
        if queue.filled >= queue.wanted || queue.ended {
            self.enough.notify_one();
        }
    }

    /// Moves the filled places at the front to `done`, as soon as there are `wanted` of them or no more can be expected
    /// for `idle`.
    ///
    /// # Errors
    /// If a thread ended in the middle of its work.
    pub(super) fn next(
        &self,
        wanted: usize,
        idle: Duration,
        done: &mut Vec<Result<Done, SourceError>>,
    ) -> Result<Pause, PipelineError> {
        let mut queue = self.queue();
        queue.wanted = wanted.min(self.window);
        let mut since = Instant::now();
        let pause = loop {
            let all_done = queue.filled == queue.places.len();
            if queue.broken {
                return Err(PipelineError::Lost(queue.before + queue.filled as u64));
            } else if queue.filled >= queue.wanted {
                break Pause::Enough;
            } else if queue.ended && all_done {
                break Pause::End;
            } else if all_done && since.elapsed() >= idle {
                break Pause::Idle;
            } else if !all_done {
                since = Instant::now();
            }
            queue = self.enough.wait_timeout(queue, idle).unwrap_or_else(PoisonError::into_inner).0;
        };
        let filled = queue.filled;
        done.extend(queue.places.drain(..filled).flatten());
        queue.before += filled as u64;
        queue.filled = 0;
        self.room.notify_one();
        Ok(pause)
    }

    /// Lets no thread take another picture.
    pub(super) fn close(&self) {
        self.queue().ended = true;
        self.room.notify_one();
    }
}

impl<I> Places<I> {
    /// A panic while holding the lock leaves nothing half done.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped when a thread panics: its place will never be filled.
struct Alarm<'a, I>(&'a Places<I>);

impl<I> Drop for Alarm<'_, I> {
    fn drop(&mut self) {
        self.0.queue().broken = true;
        self.0.enough.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::thread;

    const LONG: Duration = Duration::from_secs(60);

    fn item(id: u64) -> Result<Item, SourceError> {
        Ok(Item { id, ..Item::file(std::path::Path::new("x")) })
    }

    fn done(item: Item) -> Done {
        Done { id: item.id, path: String::new(), face: Err(ReadFaceError::TooLarge(0)) }
    }

    /// All pictures in order whatever thread is done first, never more at a time than the window.
    #[test]
    fn order_is_kept() {
        let places = Arc::new(Places::new((0..1000).map(item), 7, Arc::default()));
        for thread in 0..3 {
            let places = Arc::clone(&places);
            thread::spawn(move || {
                places.work(|item| {
                    if item.id % 5 == thread {
                        thread::sleep(Duration::from_micros(200));
                    }
                    done(item)
                })
            });
        }
        let (mut found, mut some) = (Vec::new(), Vec::new());
        loop {
            let pause = places.next(4, LONG, &mut some).unwrap();
            assert!(some.len() <= 7);
            found.extend(some.drain(..).map(|done| done.unwrap().id));
            if pause == Pause::End {
                break;
            }
        }
        assert_eq!(found, (0..1000).collect::<Vec<_>>());
    }

    /// A list that waits does not hold back what is done.
    #[test]
    fn a_waiting_list_is_idle() {
        let (send, list) = channel();
        let places = Arc::new(Places::new(list.into_iter(), 8, Arc::default()));
        let worker = Arc::clone(&places);
        thread::spawn(move || worker.work(done));
        send.send(item(0)).unwrap();
        let mut some = Vec::new();
        while some.is_empty() {
            assert_eq!(places.next(8, Duration::from_millis(5), &mut some).unwrap(), Pause::Idle);
        }
        drop(send);
        assert_eq!(places.next(8, LONG, &mut some).unwrap(), Pause::End);
        assert_eq!(some.len(), 1);
    }

    /// An error of the list comes in its place and ends it.
    #[test]
    fn an_error_ends_the_list() {
        let items = vec![item(0), Err(SourceError::Missing("x".into())), item(2)];
        let places = Places::new(items.into_iter(), 8, Arc::default());
        places.work(done);
        let mut some = Vec::new();
        assert_eq!(places.next(8, LONG, &mut some).unwrap(), Pause::End);
        assert!(matches!(&some[..], [Ok(_), Err(SourceError::Missing(_))]));
    }

    #[test]
    fn a_panic_is_told() {
        let places = Arc::new(Places::new((0..3).map(item), 8, Arc::default()));
        let worker = Arc::clone(&places);
        assert!(thread::spawn(move || worker.work(|_| panic!("a defect"))).join().is_err());
        assert!(matches!(places.next(1, LONG, &mut Vec::new()), Err(PipelineError::Lost(0))));
    }
}
