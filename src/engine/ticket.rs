//! What a submission is answered by.

use super::batch::Batch;
use super::cell::Cell;
use super::error::Error;
use super::inner::Inner;
use super::sync::Arc;
use crate::network::FEATURE_LENGTH;
use ndarray::Array2;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Stands for faces that were submitted. Its answer is their features, `N×256`, in the order of the faces, or why they
/// could not be computed.
///
/// Wait for the answer, ask for it now and then, or `await` the ticket on any runtime. Dropping it cancels: faces that
/// are not being computed yet never will be. A ticket keeps the engine open.
#[derive(Debug)]
#[must_use = "dropping a ticket cancels its faces"]
pub struct Ticket {
    /// None once the answer was taken.
    cell: Option<Arc<Cell>>,
    /// Its number in the queue.
    id: Option<u64>,
    engine: Arc<Inner>,
}

impl Ticket {
    pub(super) fn new(engine: &Arc<Inner>, cell: Arc<Cell>, id: Option<u64>) -> Ticket {
        Ticket { cell: Some(cell), id, engine: Arc::clone(engine) }
    }

    /// Waits for the features.
    ///
    /// # Errors
    /// If they could not be computed, or were taken before.
    pub fn wait(mut self) -> Result<Array2<f32>, Error> {
        self.cell()?.wait(None);
        self.take().map(matrix)
    }

    /// As [`Ticket::wait`], and gives the memory of faces and features back, to be used again.
    ///
    /// # Errors
    /// As [`Ticket::wait`]; the memory is then lost.
    #[doc(hidden)]
    pub fn wait_batch(mut self) -> Result<Batch, Error> {
        self.cell()?.wait(None);
        self.take()
    }

    /// The features if they are there; nothing if not yet.
    ///
    /// # Errors
    /// As [`Ticket::wait`].
    pub fn try_wait(&mut self) -> Option<Result<Array2<f32>, Error>> {
        self.wait_timeout(Duration::ZERO)
    }

    /// Waits for the features, at most for `time`; nothing if they are not there by then.
    ///
    /// # Errors
    /// As [`Ticket::wait`].
    pub fn wait_timeout(&mut self, time: Duration) -> Option<Result<Array2<f32>, Error>> {
        let cell = match self.cell() {
            Ok(cell) => cell,
            Err(error) => return Some(Err(error)),
        };
        // A deadline beyond what the clock can say is none.
        let is_over = cell.wait(Instant::now().checked_add(time));
        is_over.then(|| self.take().map(matrix))
    }

    /// Whether the answer is there.
    pub fn is_ready(&self) -> bool {
        self.cell.as_ref().is_none_or(|cell| cell.is_over())
    }

    /// To see whether anything of the submission is left.
    #[cfg(test)]
    pub(super) fn watched(&self) -> Option<std::sync::Weak<Cell>> {
        self.cell.as_ref().map(Arc::downgrade)
    }

    fn cell(&self) -> Result<&Arc<Cell>, Error> {
        self.cell.as_ref().ok_or(Error::Answered)
    }

    fn take(&mut self) -> Result<Batch, Error> {
        let cell = self.cell.take().ok_or(Error::Answered)?;
        let (faces, features) = cell.take()?;
        Ok(Batch::of_cell(faces, features, cell))
    }
}

impl Future for Ticket {
    type Output = Result<Array2<f32>, Error>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match &self.cell {
            None => Poll::Ready(Err(Error::Answered)),
            Some(cell) => cell.poll(task).map(|()| self.take().map(matrix)),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            self.engine.lanes.queue().cancel(self.id, &cell);
        }
    }
}

pub(super) fn matrix(batch: Batch) -> Array2<f32> {
    let shape = (batch.rows(), FEATURE_LENGTH);
    // A cell holds one feature per face.
    Array2::from_shape_vec(shape, batch.into_features()).unwrap_or_else(|_| unreachable!("{shape:?}"))
}
