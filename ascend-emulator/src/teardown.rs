//! Ending a device or the run: what is left is taken away and told.

use crate::handles::Table;
use crate::report::Leak;
use crate::state::State;
use crate::stream::Stream;
use std::fmt::Debug;
use std::sync::Arc;

/// Everything alive, as leaks; what is on lost devices is not held against the program.
pub fn leaks(state: &State) -> Vec<Leak> {
    let mut leaks = Vec::new();
    for device in 0..state.devices.len() {
        if !state.devices[device].card.is_lost() {
            of_device(state, device, &mut leaks);
            for (address, size) in state.memory.live_on(device) {
                let text = format!("{size} bytes at {address:#x}");
                leaks.push(Leak { kind: "device memory", device: Some(device), text });
            }
            if state.devices[device].references > 0 {
                let text =
                    format!("{} aclrtSetDevice without aclrtResetDevice", state.devices[device].references);
                leaks.push(Leak { kind: "device", device: Some(device), text });
            }
        }
    }
    for (address, size) in state.memory.live_pinned() {
        leaks.push(Leak {
            kind: "pinned memory",
            device: None,
            text: format!("{size} bytes at {address:#x}"),
        });
    }
    let objects = &state.objects;
    count(&objects.buffers, &mut leaks);
    count(&objects.datasets, &mut leaks);
    count(&objects.descriptions, &mut leaks);
    count(&objects.tensors, &mut leaks);
    count(&objects.load_configs, &mut leaks);
    count(&objects.exec_configs, &mut leaks);
    leaks
}

/// Streams, events, contexts and models the program made on `device` and did not destroy.
fn of_device(state: &State, device: usize, leaks: &mut Vec<Leak>) {
    let mut add = |kind: &'static str, text: String| leaks.push(Leak { kind, device: Some(device), text });
    for (handle, context) in state.contexts.iter() {
        if context.device == device && !context.implicit {
            add("context", format!("{handle:#x}"));
        }
    }
    for (handle, stream) in state.streams.iter() {
        if stream.card.id == device && !stream.default {
            add("stream", format!("{handle:#x}"));
        }
    }
    for (handle, event) in state.events.iter() {
        if event.device == device {
            add("event", format!("{handle:#x}"));
        }
    }
    for (id, model) in state.models.iter() {
        if model.device == device {
            add("model", format!("id {id}, {}", model.name()));
        }
    }
}

fn count<T: Debug>(table: &Table<T>, leaks: &mut Vec<Leak>) {
    let count = table.iter().count();
    if count > 0 {
        leaks.push(Leak { kind: table.kind(), device: None, text: format!("{count} not destroyed") });
    }
}

/// Ends `device`: all that lives on it is gone. Returns what the program should have released itself, and the
/// streams, which the caller closes without holding the state.
pub fn device(state: &mut State, device: usize) -> (Vec<Leak>, Vec<Arc<Stream>>) {
    let mut leaks = Vec::new();
    if !state.devices[device].card.is_lost() {
        of_device(state, device, &mut leaks);
    }
    state.models.take_device(device, &mut state.memory);
    state.events.drain(|event| event.device == device);
    state.contexts.drain(|context| context.device == device);
    let streams: Vec<Arc<Stream>> = state
        .streams
        .drain(|stream| stream.card.id == device)
        .into_iter()
        .map(|(_, stream)| stream)
        .collect();
    for (address, size) in state.memory.clear_device(device) {
        if !state.devices[device].card.is_lost() {
            let text = format!("{size} bytes at {address:#x}");
            leaks.push(Leak { kind: "device memory", device: Some(device), text });
        }
    }
    state.devices[device].default_context = None;
    state.devices[device].references = 0;
    (leaks, streams)
}

/// Ends everything.
pub fn everything(state: &mut State) -> (Vec<Leak>, Vec<Arc<Stream>>) {
    let leaks = leaks(state);
    let mut streams = Vec::new();
    for id in 0..state.devices.len() {
        streams.extend(device(state, id).1);
    }
    state.memory.clear_pinned();
    state.objects = crate::objects::Objects::default();
    (leaks, streams)
}
