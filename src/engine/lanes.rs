//! The threads that compute.

use super::error::ComputeError;
use super::queue::Queue;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The lanes of an engine, and the queue they take runs from. Dropping them waits for what they have at hand.
#[derive(Debug)]
pub(super) struct Lanes {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
    /// Most faces of a run.
    pub(super) largest: usize,
}

/// Faces that may wait unless said otherwise: at least so many, and more if there are many lanes.
const BOUND: usize = 1024;
const BOUND_PER_LANE: usize = 256;

impl Lanes {
    /// For `count` lanes, to be started; at most `bound` faces may wait.
    pub(super) fn new(count: usize, bound: Option<usize>, max_delay: Duration) -> Lanes {
        let bound = bound.unwrap_or_else(|| BOUND.max(count * BOUND_PER_LANE));
        let queue = Arc::new(Queue::new(count, bound, max_delay));
        Lanes { queue, threads: Vec::with_capacity(count), largest: 1 }
    }

    /// Starts a lane that computes with `body`.
    ///
    /// # Errors
    /// If the system starts no more threads.
    pub(super) fn start(
        &mut self,
        name: String,
        body: impl FnOnce(&Queue) + Send + 'static,
    ) -> Result<(), ComputeError> {
        let queue = Arc::clone(&self.queue);
        let lane = move || {
            let _end = queue.lane();
            body(&queue);
        };
        self.threads.push(thread::Builder::new().name(name).spawn(lane).map_err(ComputeError::Thread)?);
        Ok(())
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.threads.len()
    }

    /// Ends all lanes and waits for them.
    pub(super) fn end(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // What a ticket wakes may run on a lane and drop the last handle there. That lane ends by itself.
            if thread.thread().id() != thread::current().id() {
                // A lane that panicked has answered for its faces already.
                let _ended = thread.join();
            }
        }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.end();
    }
}
