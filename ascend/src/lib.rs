//! Ascend NPUs through ACL: any offline model (`.om`) with raw tensors. Knows nothing of faces or networks.
//!
//! | object | made from | belongs to | threads |
//! |---|---|---|---|
//! | [`Runtime`] | the installed library | the process | any |
//! | [`Device`] | runtime | the process | any |
//! | [`Context`] | device | one thread | its own |
//! | [`Stream`], [`Event`], [`DeviceBuffer`] | context | the context | its own |
//! | [`Model`] | stream | the stream | its own |
//! | [`Slot`] | model | the load of the model | its own |
//! | [`PinnedBuffer`] | context | the device | any |
//!
//! Everything made from something holds it, so the order of teardown ACL asks for (work, datasets, models, memory,
//! streams, contexts, devices, ACL) follows from ownership, whatever is dropped first. `close` releases and reports;
//! dropping releases and keeps a failure for [`Runtime::take_unreported`].
//!
//! Work is asynchronous. What is submitted takes the buffers it uses and gives an [`InFlight`]; waiting for that,
//! always with a limit, gives them back. One worker is one thread with a context, a stream, its own load of the model
//! and a slot:
//!
//! ```no_run
//! use std::time::Duration;
//! use ascend::{Context, Error, Model, Runtime, Slot, Stream};
//!
//! # fn main() -> Result<(), Error> {
//! let runtime = Runtime::open()?;
//! let context = Context::new(&runtime.device(0)?)?;
//! let model = Model::load(&Stream::new(&context)?, "model.om")?;
//! let mut slot = Slot::new(&model, &[0])?;
//! slot.input_mut(0)?.fill(127);
//! let in_flight = model.start(slot)?;
//! let slot = in_flight.wait(Duration::from_secs(10))?;
//! println!("{:?}", slot.output(0)?);
//! # Ok(())
//! # }
//! ```
//!
//! After a failure, [`Error::class`] says what may still be used: the same call later, nothing of this stream, or
//! nothing of this device. Nothing here tries again by itself.

// Interrupted work gives its buffers back, as finished work does; neither is boxed, so that runs allocate nothing.
#![allow(clippy::result_large_err)]

mod context;
mod dataset;
mod description;
mod device;
mod error;
mod event;
mod in_flight;
mod library;
mod marks;
mod memory;
mod model;
mod pinned;
mod run;
mod runtime;
mod slot;
mod stream;
mod transfer;

pub use ascend_sys::{Class, Code, DataType, Format, LoadError, Search, Version};
pub use context::{Context, MemoryInfo};
pub use description::{Aipp, Description, Role, Tensor};
pub use device::Device;
pub use error::{CallError, Error};
pub use event::Event;
pub use in_flight::{InFlight, Interrupted, Left};
pub use memory::DeviceBuffer;
pub use model::Model;
pub use pinned::PinnedBuffer;
pub use runtime::Runtime;
pub use slot::Slot;
pub use stream::Stream;

/// The README's example is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
