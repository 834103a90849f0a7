//! A published weight file into the cache: resumed, verified, and only then given its name.

mod download;
mod error;
mod partial;

pub use download::Progress;
pub use error::FetchError;

use crate::models::Model;
use partial::Partial;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How a download is carried out.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// The folder that gets the file.
    pub folder: PathBuf,
    /// Download from here instead of the published place; the SHA-256 must still match.
    pub url: Option<String>,
    /// Tries before giving up, at least 1; each goes on where the one before stopped.
    pub tries: u32,
    /// Wait before the second try; doubled for each one after it.
    pub wait: Duration,
    /// Longest silence of the server that is put up with.
    pub silence: Duration,
}

impl FetchOptions {
    /// Five tries, a second and then longer between them, half a minute of silence.
    pub fn new(folder: PathBuf) -> FetchOptions {
        FetchOptions {
            folder,
            url: None,
            tries: 5,
            wait: Duration::from_secs(1),
            silence: Duration::from_secs(30),
        }
    }
}

/// A verified file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was there already.
    pub cached: bool,
}

/// Fetches `model` unless a file with its hash is in the folder already.
///
/// Proxies are taken from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
///
/// # Errors
/// What went wrong, and what is kept. A file whose hash is wrong is never kept.
pub fn fetch(
    model: &Model,
    options: &FetchOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, FetchError> {
    let path = options.folder.join(model.file_name());
    if is_whole(&path, model) {
        return Ok(Fetched { path, cached: true });
    }
    let url = options.url.as_deref().unwrap_or(&model.url);
    let mut partial = Partial::open(&path)?;
    let agent = download::agent(options.silence);
    let mut tried = 0;
    loop {
        tried += 1;
        match download::go_on(&agent, url, &mut partial, progress)? {
            download::End::Complete => break,
            download::End::Broken(source) if tried >= options.tries => {
                let (url, received) = (url.to_string(), partial.received());
                return Err(FetchError::Broken { url, received, tries: tried, source });
            }
            download::End::Broken(_) => thread::sleep(options.wait * 2_u32.saturating_pow(tried - 1)),
        }
    }
    let found = partial.sha256()?;
    if found != model.sha256 {
        partial.remove()?;
        let (url, expected) = (url.to_string(), model.sha256.clone());
        return Err(FetchError::Hash { url, found, expected });
    }
    partial.finish(&path)?;
    Ok(Fetched { path, cached: false })
}

/// A cached file that was damaged since is fetched anew.
fn is_whole(path: &Path, model: &Model) -> bool {
    std::fs::File::open(path)
        .and_then(|file| partial::sha256(&file))
        .is_ok_and(|sha256| sha256 == model.sha256)
}

#[cfg(test)]
mod tests;
