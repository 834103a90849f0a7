//! Opening the lanes of all devices at once: each says what became of it, and waits for the word to go on.
//!
//! So a device is used with all its lanes or not at all, and no lane computes before it is known which devices there
//! are.

use super::super::error::{ComputeError, Loss};
use super::lane::Opened;
use std::sync::mpsc::{Receiver, Sender, channel};

/// What became of a lane, with the number of its device.
type Told = (i32, Result<Opened, ComputeError>);

/// The lanes that are being opened. Dropping it ends those that wait for the word.
pub(super) struct Opening {
    tell: Sender<Told>,
    told: Receiver<Told>,
    /// The word for each lane, with the number of its device.
    words: Vec<(i32, Sender<()>)>,
}

/// The lane's side.
pub(super) struct Door {
    device: i32,
    tell: Sender<Told>,
    word: Receiver<()>,
}

impl Door {
    /// Says what became of the lane. Whether it is to go on; a lane that is open waits for that.
    pub(super) fn go_on(&self, opened: Result<Opened, ComputeError>) -> bool {
        let is_open = opened.is_ok();
        // Nobody listens or answers any more when the opening has failed.
        self.tell.send((self.device, opened)).is_ok() && is_open && self.word.recv().is_ok()
    }
}

/// What became of all lanes.
pub(super) struct Outcome {
    /// What a lane that is open found out.
    pub(super) opened: Opened,
    /// The devices of which every lane is open, in the order asked for.
    pub(super) good: Vec<i32>,
    /// The others, and why.
    pub(super) losses: Vec<Loss>,
}

impl Opening {
    pub(super) fn new() -> Opening {
        let (tell, told) = channel();
        Opening { tell, told, words: Vec::new() }
    }

    /// The door for another lane of `device`.
    pub(super) fn door(&mut self, device: i32) -> Door {
        let (send, word) = channel();
        self.words.push((device, send));
        Door { device, tell: self.tell.clone(), word }
    }

    /// Waits for all lanes and gives those of good devices the word to go on; the others end. `devices` are all that
    /// were asked for; if `are_named`, no other can take the place of one that does not open.
    ///
    /// # Errors
    /// If none opens, or one that was named does not.
    pub(super) fn wait(self, devices: &[i32], are_named: bool) -> Result<Outcome, ComputeError> {
        let Opening { tell, told, words } = self;
        drop(tell);
        let (mut opened, mut errors) = (None, Vec::new());
        for (device, lane) in told.iter().take(words.len()) {
            match lane {
                Ok(lane) => opened = Some(lane),
                Err(error) => errors.push((device, error)),
            }
        }
        let mut failed: Vec<(i32, ComputeError)> = Vec::new();
        for device in devices {
            // What only follows from the failure of another lane is told where nothing else is.
            let own = |consequence: bool| {
                errors.iter().position(|(of, error)| of == device && error.is_consequence() == consequence)
            };
            if let Some(at) = own(false).or_else(|| own(true)) {
                failed.push(errors.swap_remove(at));
            }
        }
        let is_good = |device: &i32| failed.iter().all(|(lost, _)| lost != device);
        let good: Vec<i32> = devices.iter().copied().filter(is_good).collect();
        let losses: Vec<Loss> =
            failed.iter().map(|(device, error)| Loss { device: *device, reason: error.cause() }).collect();
        let opened = match opened {
            Some(opened) if losses.is_empty() || !(are_named || good.is_empty()) => opened,
            _ => return Err(refusal(failed, losses, good)),
        };
        for (device, word) in words {
            if good.contains(&device) {
                // A lane that has ended since says so by itself.
                let _ended = word.send(());
            }
        }
        Ok(Outcome { opened, good, losses })
    }
}

/// Why nothing is opened: in the words of the first device, if there is nothing to add about the others.
fn refusal(failed: Vec<(i32, ComputeError)>, losses: Vec<Loss>, good: Vec<i32>) -> ComputeError {
    let alike = failed.windows(2).all(|pair| pair[0].1.is_like(&pair[1].1));
    match failed.into_iter().next() {
        None => ComputeError::NoDeviceLeft(losses),
        Some((_, first)) if good.is_empty() && alike && !first.is_consequence() => first,
        Some((_, first)) => ComputeError::NotOpened { failed: losses, opened: good, first: Box::new(first) },
    }
}
