//! Loading a model.

use crate::codes;
use crate::failure::{Outcome, failure};
use crate::model::{Description, Model, read};
use crate::network::Network;
use crate::settings::settings;
use crate::state;
use crate::workspace::{Lent, Workspace};
use std::sync::Arc;

/// Loads a model into the calling thread's context; `lent` is memory to work in and memory for weights.
pub fn load(call: &str, bytes: &[u8], lent: [Lent; 2]) -> Outcome<u32> {
    let current = state::lock().current(call)?;
    let settings = settings();
    let om = read(bytes, true)?;
    let network =
        match settings.timing {
            Some(_) => None,
            None => Some(Network::open(&om.onnx, settings.fp16).map_err(|e| {
                failure(codes::GE_FAILURE, format!("E19999: the network cannot be read: {e}"))
            })?),
        };
    let mut state = state::lock();
    let mut workspace = Workspace::new(current.device, state.ticket());
    let needs = [(om.work_size as usize, "working memory"), (om.weight_size as usize, "memory for weights")];
    for (need, lent) in needs.into_iter().zip(lent) {
        if let Err(failure) = workspace.take(&mut state.memory, need, lent) {
            workspace.give_back(&mut state.memory);
            return Err(failure);
        }
    }
    Ok(state.models.insert_with(|id| Model {
        context: current.context,
        device: current.device,
        description: Arc::new(Description::new(&om, Some(id))),
        network,
        mode: None,
        stream: 0,
        outstanding: 0,
        batch: None,
        workspace,
    }))
}
