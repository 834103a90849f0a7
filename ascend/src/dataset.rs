//! The list of buffers ACL takes a model's inputs or outputs as.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use ascend_sys::Functions;
use ascend_sys::bindings::{aclDataBuffer, aclmdlDataset};

use crate::context::ContextInner;
use crate::device::Orphan;
use crate::error::Error;
use crate::memory::DeviceBuffer;
use crate::pinned::PinnedBuffer;

/// A dataset that owns the memory it lists.
pub(crate) struct Dataset {
    raw: NonNull<aclmdlDataset>,
    entries: Vec<NonNull<aclDataBuffer>>,
    memory: Vec<Memory>,
    context: Rc<ContextInner>,
}

/// Memory a model can work on.
pub(crate) enum Memory {
    Device(DeviceBuffer),
    /// On the chip itself pinned memory is device memory.
    Shared(PinnedBuffer),
}

impl Memory {
    fn address(&self) -> *mut c_void {
        match self {
            Self::Device(buffer) => buffer.address(),
            Self::Shared(buffer) => buffer.address(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Device(buffer) => buffer.size(),
            Self::Shared(buffer) => buffer.len(),
        }
    }
}

impl Dataset {
    /// Lists `memory` in its order.
    pub(crate) fn new(context: &Rc<ContextInner>, memory: Vec<Memory>) -> Result<Self, Error> {
        let functions = context.enter()?;
        // SAFETY: takes nothing; gives an empty dataset or null.
        let raw = unsafe { (functions.aclmdlCreateDataset)() };
        let raw = NonNull::new(raw)
            .ok_or_else(|| context.device().no_answer("aclmdlCreateDataset", String::new()))?;
        // From here on, dropping `dataset` cleans up.
        let count = memory.len();
        let mut dataset =
            Self { raw, entries: Vec::with_capacity(count), memory, context: Rc::clone(context) };
        for at in 0..count {
            dataset.add(functions, at)?;
        }
        Ok(dataset)
    }

    fn add(&mut self, functions: &Functions, at: usize) -> Result<(), Error> {
        let memory = &self.memory[at];
        // SAFETY: only notes address and size; the memory lives as long as `self`.
        let entry = unsafe { (functions.aclCreateDataBuffer)(memory.address(), memory.size()) };
        let entry = NonNull::new(entry).ok_or_else(|| {
            self.context.device().no_answer("aclCreateDataBuffer", format!("{} bytes", memory.size()))
        })?;
        self.entries.push(entry);
        // SAFETY: both live; the dataset only notes the buffer.
        let code = unsafe { (functions.aclmdlAddDatasetBuffer)(self.raw.as_ptr(), entry.as_ptr()) };
        self.context.device().check("aclmdlAddDatasetBuffer", code, || format!("buffer {at}"))
    }

    pub(crate) fn raw(&self) -> *mut aclmdlDataset {
        self.raw.as_ptr()
    }

    pub(crate) fn memory(&self) -> &[Memory] {
        &self.memory
    }

    pub(crate) fn memory_mut(&mut self) -> &mut [Memory] {
        &mut self.memory
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        let device = self.context.device();
        if device.is_lost() {
            device.adopt(Orphan::Dataset(self.raw.as_ptr() as usize));
            for entry in &self.entries {
                device.adopt(Orphan::DataBuffer(entry.as_ptr() as usize));
            }
            return;
        }
        let Ok(functions) = device.functions() else { return };
        // SAFETY: made by aclmdlCreateDataset, and destroyed here only; work in flight would own `self`.
        let code = unsafe { (functions.aclmdlDestroyDataset)(self.raw.as_ptr()) };
        device.keep_unreported(device.check("aclmdlDestroyDataset", code, String::new));
        for entry in &self.entries {
            // SAFETY: made by aclCreateDataBuffer, and destroyed here only; the dataset that listed it is not used
            // again, whether it could be destroyed or not.
            let code = unsafe { (functions.aclDestroyDataBuffer)(entry.as_ptr()) };
            device.keep_unreported(device.check("aclDestroyDataBuffer", code, String::new));
        }
    }
}
