//! Where a job is.

#[cfg(not(feature = "cloud"))]
use anyhow::bail;
#[cfg(feature = "cloud")]
use lightcnn::job::Remote;
use lightcnn::job::{Local, Store};
use lightcnn::storage::is_remote;
use std::path::Path;
use std::sync::Arc;

/// The folder of a job, here or in a store.
pub fn store(folder: &Path) -> anyhow::Result<Arc<dyn Store>> {
    if is_remote(folder) {
        #[cfg(feature = "cloud")]
        return Ok(Arc::new(Remote::new(folder)?));
        #[cfg(not(feature = "cloud"))]
        bail!("{}: this build reaches no object stores; build it with the feature `cloud`", folder.display());
    }
    Ok(Arc::new(Local::new(folder)))
}
