//! Paths that are addresses in a store.

use std::path::{Path, PathBuf};

/// What addresses of objects begin with.
const SCHEMES: &[&str] = &["s3://", "gs://", "az://", "http://", "https://"];

/// Whether `address` names an object in a store and not a file of this machine.
pub fn is_remote(address: &Path) -> bool {
    let bytes = address.as_os_str().as_encoded_bytes();
    SCHEMES.iter().any(|scheme| bytes.starts_with(scheme.as_bytes()))
}

/// What `name` is, said in the folder `folder`: an address stays as it is.
pub fn join(folder: &Path, name: PathBuf) -> PathBuf {
    if is_remote(&name) { name } else { folder.join(name) }
}

#[cfg(not(feature = "cloud"))]
pub(super) fn no_cloud() -> std::io::Error {
    std::io::Error::new(
        std::io::ErrorKind::Unsupported,
        "this build reaches no object stores; build it with the feature `cloud`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        let remote = |text: &str| is_remote(Path::new(text));
        assert!(remote("s3://b/a.jpg") && remote("https://h/a.jpg") && remote("az://c/a"));
        assert!(!remote("s3:/b/a.jpg") && !remote("a/s3://b") && !remote("/s3/b") && !remote("ftp://h/a"));
        let joined = |folder: &str, name: &str| join(Path::new(folder), name.into());
        assert_eq!(joined("lists", "a.jpg"), Path::new("lists/a.jpg"));
        assert_eq!(joined("s3://b/lists", "x/a.jpg").to_str(), Some("s3://b/lists/x/a.jpg"));
        assert_eq!(joined("lists", "gs://b/a.jpg").to_str(), Some("gs://b/a.jpg"));
    }
}
