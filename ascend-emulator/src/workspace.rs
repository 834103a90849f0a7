//! The memory a loaded model works in: its own, or lent by the program.

use crate::codes;
use crate::failure::{Outcome, failure};
use crate::memory::{Located, Memory, Place, Rounding};

/// Memory a program lends a model: address and size; address 0 lets the model allocate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lent {
    /// Address.
    pub address: usize,
    /// Bytes.
    pub size: usize,
}

/// What a model has of a device's memory.
#[derive(Debug)]
pub struct Workspace {
    device: usize,
    /// Addresses that were allocated for it.
    owned: Vec<usize>,
    /// Memory of the program, noted under `ticket`.
    lent: Vec<Place>,
    ticket: u64,
}

impl Workspace {
    /// Nothing yet, on `device`; lent memory will be noted under `ticket`.
    pub fn new(device: usize, ticket: u64) -> Workspace {
        Workspace { device, owned: Vec::new(), lent: Vec::new(), ticket }
    }

    /// Takes `need` bytes, called `what`: those lent, or its own.
    ///
    /// # Errors
    /// 145000 if what is lent is too small or no memory of the device, 245000 if the device is full.
    pub fn take(&mut self, memory: &mut Memory, (need, what): (usize, &str), lent: Lent) -> Outcome {
        if lent.address == 0 {
            self.owned.extend(allocate(memory, self.device, need)?);
        } else {
            self.lent.push(borrow(memory, self.device, (need, what), lent, self.ticket)?);
        }
        Ok(())
    }

    /// Frees what was allocated; what was lent is the program's alone again.
    pub fn give_back(self, memory: &mut Memory) {
        for address in self.owned {
            let _ = memory.free(address, false);
        }
        for place in self.lent {
            memory.release(place, self.ticket);
        }
    }
}

fn allocate(memory: &mut Memory, device: usize, size: usize) -> Outcome<Option<usize>> {
    if size == 0 {
        return Ok(None);
    }
    memory.allocate(device, size, Rounding::Padded, false).map(Some).map_err(|full| {
        failure(codes::GE_MEMORY_ALLOCATION, format!("E19999: the model does not fit: {}", full.text))
    })
}

fn borrow(
    memory: &mut Memory,
    device: usize,
    (need, what): (usize, &str),
    lent: Lent,
    ticket: u64,
) -> Outcome<Place> {
    let wrong = |why: String| failure(codes::GE_PARAM_INVALID, format!("E19999: the {what} lent {why}"));
    if lent.size < need {
        return Err(wrong(format!("is {} bytes, the model needs {need}", lent.size)));
    }
    match memory.locate(lent.address) {
        Located::Live(place @ Place::Device { device: found, .. }, left)
            if found == device && left >= need =>
        {
            let region = memory.region(place, lent.address, need, false);
            memory.note(&region, ticket);
            Ok(place)
        }
        _ => Err(wrong(format!("at {:#x} is no allocation of this device that large", lent.address))),
    }
}
