//! A published weight file into the cache: resumed, verified, and only then given its name.

mod download;
mod partial;

use crate::digest::sha256_of_file;
use crate::error::ErrorKind;
use crate::models::PublishedModel;
use partial::Partial;
use std::io;
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

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk.
    pub received: u64,
    /// Bytes of the whole file, if the server says.
    pub total: Option<u64>,
}

/// A verified file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was there already.
    pub cached: bool,
}

/// A file could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The server could not be reached or broke off.
    #[error("{url}: broke off after {received} bytes in {tries} tries; run it again to go on from there")]
    Broken {
        /// Where it was asked for.
        url: String,
        /// Bytes kept.
        received: u64,
        /// Tries made.
        tries: u32,
        /// The last try's fault.
        source: Box<ureq::Error>,
    },
    /// The server refused.
    #[error("{url}: the server answered {status}; try another place")]
    Refused {
        /// Where it was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The address is none, or cannot be used.
    #[error("{url}: not a usable address")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: Box<ureq::Error>,
    },
    /// The file is not the published one.
    #[error(
        "{url}: SHA-256 is {found}, expected {expected}; the download was removed, try again, or another place"
    )]
    Hash {
        /// Where it came from.
        url: String,
        /// Hash of what came.
        found: String,
        /// Hash of the published file.
        expected: String,
    },
    /// The disk refused.
    #[error("cannot {what} {path}; {kept} bytes are kept, run it again once that is mended")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Bytes of the download that are safe.
        kept: u64,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else fetches the same file.
    #[error("{path} is being fetched by another process; wait for it")]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
}

impl FetchError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            FetchError::Broken { .. } => ErrorKind::Unavailable,
            FetchError::Refused { status: 404 | 410, .. } => ErrorKind::NotFound,
            FetchError::Refused { .. } => ErrorKind::Io,
            FetchError::Address { .. } => ErrorKind::InvalidInput,
            FetchError::Hash { .. } => ErrorKind::Damaged,
            FetchError::Disk { source, .. } => source.into(),
            FetchError::Busy { .. } => ErrorKind::Busy,
        }
    }
}

/// Fetches `model` unless a file with its hash is in the folder already.
///
/// Proxies are taken from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
///
/// # Errors
/// What went wrong, and what is kept. A file whose hash is wrong is never kept.
pub fn fetch(
    model: &PublishedModel,
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
    partial.finish()?;
    Ok(Fetched { path, cached: false })
}

/// A cached file that was damaged since is fetched anew.
fn is_whole(path: &Path, model: &PublishedModel) -> bool {
    sha256_of_file(path).is_ok_and(|sha256| sha256 == model.sha256)
}

#[cfg(test)]
mod tests;
