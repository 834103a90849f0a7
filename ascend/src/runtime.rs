//! The front door: ACL and its devices.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use ascend_sys::{Search, Version};

use crate::device::{Device, Devices};
use crate::error::Error;
use crate::library::Library;

/// The opened and initialised ACL library; clones share it.
///
/// May be used from any thread ("functions may be called from any thread that has a context", and the calls of
/// this type need none), so it is `Send` and `Sync`. All runtimes of a process that use one library are one: the
/// first initialises it, the last to be dropped ends it. If other code in the process initialised ACL before, it is
/// left initialised. Do not keep a runtime in a static: ACL must not be ended while the process exits.
#[derive(Clone)]
pub struct Runtime {
    devices: Devices,
    library: Arc<Library>,
}

impl Runtime {
    /// Opens the installed ACL and initialises it.
    ///
    /// # Errors
    /// [`Error::Load`] when there is no usable library; [`Error::Call`] when `aclInit` fails, which without driver
    /// or device it does with 500000.
    pub fn open() -> Result<Self, Error> {
        Self::open_in(&Search::from_environment())
    }

    /// As [`Runtime::open`], with the library of `search`.
    ///
    /// # Errors
    /// As for [`Runtime::open`].
    pub fn open_in(search: &Search) -> Result<Self, Error> {
        Ok(Self { devices: Devices::default(), library: Arc::new(Library::open_in(search)?) })
    }

    /// Name of the chip, such as `Ascend310P3`; of device 0 where there are several. `None` if ACL cannot tell.
    pub fn soc_name(&self) -> Option<&str> {
        self.library.soc_name()
    }

    /// Version of the ACL interface.
    pub fn version(&self) -> Version {
        self.library.acl().version()
    }

    /// Files of the library.
    pub fn library_files(&self) -> &[PathBuf] {
        self.library.acl().files()
    }

    /// How many devices this process sees (`ASCEND_RT_VISIBLE_DEVICES` limits them).
    ///
    /// # Errors
    /// [`Error::Call`], with 207004 for a wrong `ASCEND_RT_VISIBLE_DEVICES`.
    pub fn device_count(&self) -> Result<u32, Error> {
        let mut count = 0;
        // SAFETY: `count` is live.
        let code = unsafe { (self.library.functions()?.aclrtGetDeviceCount)(&mut count) };
        self.library.check("aclrtGetDeviceCount", code, None, String::new)?;
        Ok(count)
    }

    /// Opens device `id`, counted from 0. The first opening of a device in a process takes seconds on a card.
    ///
    /// # Errors
    /// [`Error::NoDevice`] when there is no such device; [`Error::Call`] when it does not start.
    pub fn device(&self, id: i32) -> Result<Device, Error> {
        let count = self.device_count()?;
        if u32::try_from(id).map_or(true, |id| id >= count) {
            return Err(Error::NoDevice { device: id, count });
        }
        Device::open(&self.library, &self.devices, id)
    }

    /// Failures while something was dropped, since this was last asked: what `close` would have returned. At most
    /// 64 are kept.
    pub fn take_unreported(&self) -> Vec<Error> {
        self.library.take_unreported()
    }

    /// Ends ACL, if this is its last user in the process.
    ///
    /// # Errors
    /// [`Error::StillInUse`] while devices or other clones use this runtime; [`Error::Call`] when ending fails.
    pub fn close(self) -> Result<(), Error> {
        match Arc::try_unwrap(self.library) {
            Err(shared) => Err(Error::StillInUse { what: "runtime", users: Arc::strong_count(&shared) - 1 }),
            Ok(mut library) => library.release(),
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("files", &self.library_files())
            .field("soc", &self.soc_name())
            .finish()
    }
}
