//! The published weight files, described in `models/*.toml`.

use crate::environment;
use crate::error::ErrorKind;
use crate::network::Network;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The descriptions, as they are in the repository.
const TEXTS: &[&str] = &[include_str!("../models/lightcnn9.toml")];

/// A published weight file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedModel {
    /// The name it is fetched by.
    pub name: String,
    /// Its network.
    pub network: Network,
    /// Where it is published.
    pub url: String,
    /// SHA-256 of the file, 64 lower-case hex digits.
    pub sha256: String,
    /// Licence of the weights.
    pub licence: String,
    /// Metrics by name, in percent, as published with the file.
    pub published: BTreeMap<String, f64>,
    /// Likewise, as the network's authors published them for their own weights; empty if they did not.
    #[serde(default)]
    pub authors: BTreeMap<String, f64>,
}

impl PublishedModel {
    /// Its name in the cache: the name and the first digits of its hash, so that a new release is a new file.
    pub fn file_name(&self) -> String {
        format!("{}-{}.ckpt", self.name, &self.sha256[..12])
    }
}

/// All published weight files.
///
/// # Panics
/// Never: a test parses every description.
#[allow(clippy::expect_used, reason = "the texts are part of the program and a test parses them")]
pub fn all() -> &'static [PublishedModel] {
    static MODELS: OnceLock<Vec<PublishedModel>> = OnceLock::new();
    MODELS.get_or_init(|| {
        TEXTS.iter().map(|text| toml::from_str(text).expect("a description in models/ is valid")).collect()
    })
}

/// The published weight file called `name`.
pub fn by_name(name: &str) -> Option<&'static PublishedModel> {
    all().iter().find(|model| model.name == name)
}

/// The published weight file with this SHA-256.
pub fn by_sha256(sha256: &str) -> Option<&'static PublishedModel> {
    all().iter().find(|model| model.sha256 == sha256)
}

/// There is no place for a cache.
#[derive(Debug, thiserror::Error)]
#[error(
    "no folder for fetched and compiled models: neither LIGHTCNN_CACHE, XDG_CACHE_HOME nor HOME is set; set LIGHTCNN_CACHE"
)]
pub struct NoCache;

impl NoCache {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// The folder of fetched models: `$LIGHTCNN_CACHE`, else `$XDG_CACHE_HOME/lightcnn`, else `~/.cache/lightcnn`.
///
/// # Errors
/// If none of the variables is set.
pub fn cache_folder() -> Result<PathBuf, NoCache> {
    let set = |name| environment::value(name).map(PathBuf::from);
    // The XDG base directory specification: a relative path there is to be ignored.
    let xdg = set("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    set("LIGHTCNN_CACHE")
        .or_else(|| xdg.map(|path| path.join("lightcnn")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/lightcnn")))
        .ok_or(NoCache)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_description_is_valid_and_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        assert_eq!(
            std::fs::read_dir(folder).unwrap().count(),
            all().len(),
            "a file in models/ is not listed"
        );
        for model in all() {
            assert_eq!(model.sha256.len(), 64);
            assert!(model.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
            assert!(model.url.starts_with("https://"));
            for (name, percent) in model.published.iter().chain(&model.authors) {
                assert!((0.0..=100.0).contains(percent), "{name}");
            }
            assert_eq!(by_name(&model.name), Some(model));
            assert_eq!(by_sha256(&model.sha256), Some(model));
        }
    }
}
