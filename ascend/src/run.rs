//! Runs of a model.

use crate::error::Error;
use crate::in_flight::{InFlight, Interrupted, Left};
use crate::model::Model;
use crate::slot::Slot;

impl Model {
    /// Starts a run: copies the slot's inputs in, executes at its batch size, copies its wanted outputs out, all on
    /// the model's stream. Several slots may be in flight; they are worked off in order.
    ///
    /// # Errors
    /// [`Interrupted`]: [`Error::ForeignSlot`], [`Error::StreamLost`], [`Error::Call`].
    pub fn start(&self, slot: Slot) -> Result<InFlight<Slot>, Interrupted<Slot>> {
        if !slot.is_for(self.inner()) {
            return Err(Interrupted { error: Error::ForeignSlot, left: Left::Ended(slot) });
        }
        match slot.enqueue(self.inner()) {
            Ok(()) => Ok(InFlight::new(slot, self.inner().stream())),
            Err(error) => Err(InFlight::interrupted(slot, self.inner().stream(), error)),
        }
    }
}
