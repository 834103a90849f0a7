//! Where a job lies.

use lightcnn::job::{self, Store, StoreError};
use std::path::Path;
use std::sync::Arc;

/// The folder of a job, here or in a store.
pub fn store(folder: &Path) -> Result<Arc<dyn Store>, StoreError> {
    job::store::at(folder.into())
}
