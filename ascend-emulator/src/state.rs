//! The one state behind all functions: devices, contexts, and every live handle.
//!
//! Lock order: the state first, then a stream's queue or an event; work itself runs under neither.

use crate::card::Card;
use crate::event::Event;
use crate::failure::{Outcome, failure};
use crate::handles::{Handle, Stale, Table};
use crate::memory::{Memory, Place, Region};
use crate::model::Models;
use crate::objects::Objects;
use crate::settings::{Settings, settings};
use crate::stream::Stream;
use crate::{codes, report};
use std::cell::Cell;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// One device.
#[derive(Debug)]
pub struct Device {
    /// `aclrtSetDevice` minus `aclrtResetDevice`.
    pub references: u32,
    /// The context all threads that set this device share.
    pub default_context: Option<Handle>,
    /// What streams see of it.
    pub card: Arc<Card>,
}

/// One context.
#[derive(Debug)]
pub struct Context {
    /// Its device.
    pub device: usize,
    /// The stream that NULL means.
    pub default_stream: Handle,
    /// Whether `aclrtSetDevice` made it.
    pub implicit: bool,
}

/// `aclInit` and `aclFinalize`.
#[derive(Debug, Default)]
pub struct Process {
    /// `aclInit` calls not yet finalised.
    pub references: u64,
    /// Whether there ever was an `aclInit`.
    pub ever: bool,
    /// The first configuration text of the process.
    pub configuration: Option<String>,
    /// Device of threads that chose none.
    pub default_device: Option<usize>,
    /// The process that initialised.
    pub pid: u32,
}

/// Everything.
#[derive(Debug)]
pub struct State {
    /// See [`Process`].
    pub process: Process,
    /// By device id.
    pub devices: Vec<Device>,
    /// Device and pinned memory.
    pub memory: Memory,
    /// Live contexts.
    pub contexts: Table<Context>,
    /// Live streams, default ones included.
    pub streams: Table<Arc<Stream>>,
    /// Live events.
    pub events: Table<Arc<Event>>,
    /// Live host-side objects.
    pub objects: Objects,
    /// Loaded models.
    pub models: Models,
    tickets: u64,
}

static STATE: LazyLock<Mutex<State>> = LazyLock::new(|| {
    Mutex::new(State {
        process: Process::default(),
        devices: devices(&settings()),
        memory: Memory::default(),
        contexts: Table::new("context"),
        streams: Table::new("stream"),
        events: Table::new("event"),
        objects: Objects::default(),
        models: Models::default(),
        tickets: 0,
    })
});

/// Locks the state.
pub fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The devices `settings` asks for, none of them set.
pub fn devices(settings: &Settings) -> Vec<Device> {
    (0..settings.devices.len())
        .map(|id| Device { references: 0, default_context: None, card: Arc::new(Card::new(id)) })
        .collect()
}

thread_local! {
    static CURRENT: Cell<Handle> = const { Cell::new(0) };
}

/// The calling thread's current context, 0 if none.
pub fn thread_context() -> Handle {
    CURRENT.get()
}

/// Makes `context` current on the calling thread; 0 is none.
pub fn set_thread_context(context: Handle) {
    CURRENT.set(context);
}

/// What a thread works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current {
    /// The context.
    pub context: Handle,
    /// Its device.
    pub device: usize,
}

impl State {
    /// A number no task had before.
    pub fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// The calling thread's context, whose device must not be lost; none is 107002.
    pub fn current(&mut self, call: &str) -> Outcome<Current> {
        let current = self.current_even_lost(call)?;
        self.devices[current.device].card.check()?;
        Ok(current)
    }

    /// As [`State::current`], also on a lost device.
    pub fn current_even_lost(&mut self, call: &str) -> Outcome<Current> {
        if thread_context() == 0
            && let Some(device) = self.process.default_device
        {
            self.set_device(device)?;
        }
        let context = thread_context();
        match self.contexts.find(context) {
            Ok(found) => Ok(Current { context, device: found.device }),
            Err(Stale::Null) => Err(failure(
                codes::RT_CONTEXT_NULL,
                format!(
                    "EE1010: {call}: this thread has no context; call aclrtSetDevice or aclrtSetCurrentContext"
                ),
            )),
            Err(_) => {
                report::violation(
                    53,
                    call,
                    "this thread's context is gone (destroyed, or its device was reset)",
                );
                Err(failure(codes::RT_INVALID_HANDLE, "EE1017: this thread's context was destroyed"))
            }
        }
    }

    /// A device by number, not lost.
    pub fn device(&self, id: i32) -> Outcome<usize> {
        let found = usize::try_from(id).ok().filter(|id| *id < self.devices.len());
        let Some(id) = found else {
            let count = self.devices.len();
            return Err(failure(
                codes::RT_INVALID_DEVICEID,
                format!("EE1001: device id {id} is out of range; there are {count} devices"),
            ));
        };
        self.devices[id].card.check()?;
        Ok(id)
    }

    /// `aclrtSetDevice`: opens the device and makes its default context current.
    pub fn set_device(&mut self, id: usize) -> Outcome {
        let settings = settings();
        self.memory.open_device(id, settings.memory, settings.on_device);
        let context = match self.devices[id].default_context {
            Some(context) => context,
            None => self.create_context(id, true),
        };
        self.devices[id].default_context = Some(context);
        self.devices[id].references += 1;
        set_thread_context(context);
        Ok(())
    }

    /// A context with its default stream.
    pub fn create_context(&mut self, device: usize, implicit: bool) -> Handle {
        let settings = settings();
        self.memory.open_device(device, settings.memory, settings.on_device);
        let card = Arc::clone(&self.devices[device].card);
        let streams = &mut self.streams;
        self.contexts.insert_with(|context| {
            let default_stream =
                streams.insert_with(|stream| Arc::new(Stream::new(stream, context, card, true)));
            Context { device, default_stream, implicit }
        })
    }

    /// The stream a call means: NULL is the current context's default stream; another context's is 107003.
    pub fn stream(&mut self, call: &str, handle: Handle) -> Outcome<Arc<Stream>> {
        let current = self.current(call)?;
        if handle == 0 {
            return self.default_stream(call, current.context);
        }
        let stream = Arc::clone(self.streams.runtime(call, handle)?);
        if stream.context != current.context {
            return Err(failure(
                codes::RT_STREAM_CONTEXT,
                format!(
                    "EE1010: {call}: the stream belongs to another context than this thread's current one"
                ),
            ));
        }
        Ok(stream)
    }

    /// The stream a synchronise means; it may belong to any context.
    pub fn stream_anywhere(&mut self, call: &str, handle: Handle) -> Outcome<Arc<Stream>> {
        if handle == 0 {
            let current = self.current_even_lost(call)?;
            return self.default_stream(call, current.context);
        }
        Ok(Arc::clone(self.streams.runtime(call, handle)?))
    }

    fn default_stream(&self, call: &str, context: Handle) -> Outcome<Arc<Stream>> {
        let handle = self.contexts.runtime(call, context)?.default_stream;
        Ok(Arc::clone(self.streams.runtime(call, handle)?))
    }

    /// Notes that a task will touch `regions`; returns its ticket.
    pub fn begin(&mut self, regions: &[Region]) -> u64 {
        let ticket = self.ticket();
        for region in regions {
            self.memory.note(region, ticket);
        }
        ticket
    }

    /// Ends the use of `places` by the task `ticket`.
    pub fn end(&mut self, places: impl IntoIterator<Item = Place>, ticket: u64) {
        for place in places {
            self.memory.release(place, ticket);
        }
    }
}
