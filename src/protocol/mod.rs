//! Protocol files: which pictures are compared, and who is on them.
//!
//! LFW's `pairs.txt` and `people.txt`, the image lists of the official scripts, `lfw_pairs.mat`, BLUFR's configuration,
//! and lists of pairs as CSV or JSON lines. Readers take text or bytes, so that they can be tested and fuzzed without
//! files; [`read_pairs`] and its like open files.

mod blufr_config;
mod error;
mod image_list;
mod lfw_mat;
#[doc(hidden)]
pub mod mat;
mod pair;
mod pair_list;
mod pairs_txt;
mod people_txt;

pub use blufr_config::{BlufrConfig, BlufrTrial};
pub use error::ProtocolError;
pub use image_list::{ImageList, ListedImage};
pub use pair::{Image, Pair, PairList};
pub use pair_list::{csv as csv_pairs, jsonl as jsonl_pairs};
pub use pairs_txt::pairs_txt;
pub use people_txt::{Person, people_txt};

use crate::text::without_mark;
use std::path::Path;

/// Most bytes of a protocol file that are read; LFW's largest has half a mebibyte.
const LIMIT: u64 = 1 << 30;

/// Reads a list of pairs: `.mat` with `pos_pair` and `neg_pair`, `.csv`, `.jsonl`, or the form of `pairs.txt`.
///
/// # Errors
/// If the file cannot be read or is none of them.
pub fn read_pairs(path: &Path) -> Result<PairList, ProtocolError> {
    let bytes = bytes(path)?;
    let list = match path.extension().and_then(|ending| ending.to_str()) {
        Some("mat") => lfw_mat::pairs(&bytes),
        Some("csv") => pair_list::csv(&bytes),
        Some("jsonl") => pair_list::jsonl(text(&bytes, path)?),
        _ => pairs_txt(text(&bytes, path)?),
    };
    list.map_err(|problem| ProtocolError::Content { path: path.to_path_buf(), problem })
}

/// Reads a list of images: one name a line, alone or with a label after it.
///
/// # Errors
/// If the file cannot be read or is no such list.
pub fn read_images(path: &Path) -> Result<ImageList, ProtocolError> {
    ImageList::parse(text(&bytes(path)?, path)?)
        .map_err(|problem| ProtocolError::Content { path: path.to_path_buf(), problem })
}

/// Reads BLUFR's configuration.
///
/// # Errors
/// If the file cannot be read or is no such configuration.
pub fn read_blufr(path: &Path) -> Result<BlufrConfig, ProtocolError> {
    BlufrConfig::parse(&bytes(path)?)
        .map_err(|problem| ProtocolError::Content { path: path.to_path_buf(), problem })
}

fn bytes(path: &Path) -> Result<Vec<u8>, ProtocolError> {
    let io = |source| ProtocolError::Io { path: path.to_path_buf(), source };
    let bytes = crate::file::read(path, LIMIT).map_err(io)?;
    Ok(without_mark(&bytes).map_err(io)?.to_vec())
}

fn text<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a str, ProtocolError> {
    std::str::from_utf8(bytes).map_err(|error| ProtocolError::Content {
        path: path.to_path_buf(),
        problem: format!("no UTF-8 text at byte {}", error.valid_up_to()),
    })
}
