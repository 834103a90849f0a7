//! One load of a model.

use std::ffi::CString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use crate::description::Description;
use crate::error::Error;
use crate::pinned::PinnedBuffer;
use crate::stream::{Stream, StreamInner};

/// A model loaded for one stream.
///
/// "One model id must never run on two streams at once" and "load, execute and unload must happen under the same
/// context": so a load belongs to a stream and its thread, and is neither `Send` nor `Sync`. Load the model once for
/// each stream that is to run it.
///
/// ```compile_fail,E0277
/// # fn misuse(model: &ascend::Model) {
/// fn shared<T: Sync>(_: &T) {}
/// shared(model);
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn misuse(model: ascend::Model) {
/// fn moved<T: Send>(_: T) {}
/// moved(model);
/// # }
/// ```
pub struct Model {
    inner: Rc<ModelInner>,
}

pub(crate) struct ModelInner {
    id: u32,
    description: Description,
    stream: Rc<StreamInner>,
    closed: bool,
}

impl Model {
    /// Loads an `.om` file to run on `stream`.
    ///
    /// # Errors
    /// [`Error::Call`]: 145002 when the file cannot be read, 145006 when it is not a whole `.om`, 500002 or 507008
    /// when it is for another chip, 245000 when device memory is short. [`Error::Unsuitable`] when its shapes are
    /// dynamic in more than the batch.
    pub fn load(stream: &Stream, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name =
            CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::Path { path: path.to_owned() })?;
        let stream = stream.inner();
        let mut id = 0;
        // SAFETY: the name is NUL-ended, `id` is live, the stream's context is current.
        let code = unsafe { (stream.enter()?.aclmdlLoadFromFile)(name.as_ptr(), &mut id) };
        let origin = path.display().to_string();
        stream.context().device().check("aclmdlLoadFromFile", code, || origin.clone())?;
        Self::describe(id, stream, &origin)
    }

    /// Loads the bytes of an `.om` file to run on `stream`. They are not needed after the call.
    ///
    /// # Errors
    /// As for [`Model::load`].
    pub fn load_bytes(stream: &Stream, bytes: &[u8]) -> Result<Self, Error> {
        let inner = stream.inner();
        let device = inner.context().device();
        // On the chip itself ACL wants the model in device memory, which is what pinned memory is there.
        let copy;
        let model = if device.memory_is_shared() {
            let mut pinned = PinnedBuffer::with_inner(inner.context(), bytes.len())?;
            pinned.copy_from_slice(bytes);
            copy = pinned;
            &copy[..]
        } else {
            bytes
        };
        let mut id = 0;
        // SAFETY: `model` is readable, `id` is live, the stream's context is current.
        let code = unsafe { (inner.enter()?.aclmdlLoadFromMem)(model.as_ptr().cast(), model.len(), &mut id) };
        device.check("aclmdlLoadFromMem", code, || format!("{} bytes", model.len()))?;
        Self::describe(id, inner, "the model given as bytes")
    }

    fn describe(id: u32, stream: &Rc<StreamInner>, origin: &str) -> Result<Self, Error> {
        let empty = Description { inputs: Vec::new(), outputs: Vec::new(), gears: Vec::new() };
        // From here on, dropping `inner` unloads.
        let mut inner = ModelInner { id, description: empty, stream: Rc::clone(stream), closed: false };
        inner.description = Description::read(stream.context(), id, origin)?;
        Ok(Self { inner: Rc::new(inner) })
    }

    /// What it takes and gives.
    pub fn description(&self) -> &Description {
        &self.inner.description
    }

    /// Unloads the model, if no slot of it is left.
    ///
    /// # Errors
    /// [`Error::StillInUse`], and then the last slot unloads it; [`Error::Call`].
    pub fn close(self) -> Result<(), Error> {
        match Rc::try_unwrap(self.inner) {
            Err(shared) => Err(Error::StillInUse { what: "model", users: Rc::strong_count(&shared) - 1 }),
            Ok(mut inner) => inner.release(),
        }
    }

    pub(crate) fn inner(&self) -> &Rc<ModelInner> {
        &self.inner
    }
}

impl ModelInner {
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn description(&self) -> &Description {
        &self.description
    }

    pub(crate) fn stream(&self) -> &Rc<StreamInner> {
        &self.stream
    }

    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        let context = self.stream.context();
        let functions = match context.enter_to_end() {
            Err(Error::Forked { .. } | Error::DeviceLost { .. }) => return Ok(()),
            entered => entered?,
        };
        // SAFETY: loaded under this context and unloaded here only, as `closed` says; work in flight would hold it.
        let code = unsafe { (functions.aclmdlUnload)(self.id) };
        context.device().check("aclmdlUnload", code, || format!("model {}", self.id))
    }
}

impl Drop for ModelInner {
    fn drop(&mut self) {
        if !self.closed {
            let result = self.release();
            self.stream.context().device().keep_unreported(result);
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("id", &self.inner.id).field("description", self.description()).finish()
    }
}
