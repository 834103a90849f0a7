//! `.tar`: the pictures in an archive, in the form of WebDataset shards. Only headers are read here; the pictures are
//! read by whoever decodes them.

use super::archive::{Kind, Member, Members};
use super::item::{Item, PictureSource, Points, key_inside};
use super::left_out::Reason;
use super::manifest::{self, points};
use super::{LeftOut, SourceError, folder};
use crate::storage::Address;
use serde::Deserialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a member that may hold points.
const POINTS_LIMIT: u64 = 64 << 10;

/// Pictures that wait for the points beside them.
const BESIDE_LIMIT: usize = 64;

/// Members of one name that follow each other: `a.jpg`, `a.json`, `a.cls`.
#[derive(Default)]
struct Group {
    /// The name without its ending.
    stem: Vec<u8>,
    items: VecDeque<Item>,
    points: Option<Box<Points>>,
    /// Files that are no pictures, by their names: a label or a text if there is a picture beside them.
    others: Vec<Vec<u8>>,
}

struct Pictures {
    path: PathBuf,
    members: Members,
    group: Group,
    left_out: LeftOut,
    /// Complete: to be handed out.
    ready: VecDeque<Item>,
    over: bool,
    /// Why it is over too early.
    failed: Option<SourceError>,
}

/// The pictures of the archive at `address`.
///
/// # Errors
/// If it cannot be read or does not begin with the header of a tar archive.
pub(super) fn open(
    address: &Address,
    left_out: &LeftOut,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let members = Members::open(address)?;
    let (group, ready) = (Group::default(), VecDeque::new());
    let (path, left_out) = (address.as_path().to_path_buf(), left_out.clone());
    let mut pictures = Pictures { path, members, group, left_out, ready, over: false, failed: None };
    pictures.step()?;
    Ok(pictures)
}

impl Pictures {
    /// Goes on by one member.
    fn step(&mut self) -> Result<(), SourceError> {
        match self.members.next()? {
            Some(member) => self.take(member),
            None => {
                self.close_group()?;
                self.over = true;
                match self.members.behind().and_then(|reason| self.left_out.add(reason, &self.path)) {
                    Some(error) => Err(error),
                    None => Ok(()),
                }
            }
        }
    }

    fn take(&mut self, member: Member) -> Result<(), SourceError> {
        let name = Path::new(OsStr::from_bytes(&member.name));
        let is_picture = folder::is_picture(name);
        if name.iter().any(|part| part != "." && part != ".." && folder::is_hidden(part)) {
            // What is hidden is no error, however strict; and what would not have been used anyway is no loss.
            let _none = is_picture.then(|| self.left_out.add(Reason::Hidden, &key_inside(&self.path, name)));
            return Ok(());
        }
        let ending = name.extension().unwrap_or_default();
        let stem = &member.name[..member.name.len() - ending.len()];
        let is_full = self.group.items.len().max(self.group.others.len()) == BESIDE_LIMIT;
        if self.group.stem != stem || is_full {
            self.close_group()?;
            self.group.stem = stem.to_vec();
        }
        if is_picture && member.kind != Kind::File {
            let reason = match member.kind {
                Kind::HardLink => "a link to another member of the archive; pack the files themselves",
                _ => "a symbolic link; pack the files themselves",
            };
            self.group.items.push_back(Item::unusable(key_inside(&self.path, name), reason));
        } else if is_picture {
            let file = Arc::clone(self.members.file());
            let picture = PictureSource::Range { file, offset: member.offset, length: member.length };
            let key = key_inside(&self.path, name);
            self.group.items.push_back(Item { id: 0, key, picture, points: None });
        } else if member.length <= POINTS_LIMIT && (ending == "json" || ending == "landmarks") {
            let text = self.members.read(&member)?;
            self.group.points = if ending == "json" { points_of_json(&text) } else { points_of_text(&text) };
            self.group.others.push(member.name);
        } else {
            self.group.others.push(member.name);
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), SourceError> {
        let Group { items, points, others, .. } = std::mem::take(&mut self.group);
        let others = if items.is_empty() { others } else { Vec::new() };
        self.ready.extend(items.into_iter().map(|item| Item { points: points.clone(), ..item }));
        let key = |name: &Vec<u8>| key_inside(&self.path, Path::new(OsStr::from_bytes(name)));
        match others.iter().find_map(|name| self.left_out.add_file(&key(name))) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl Iterator for Pictures {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.over {
                return self.failed.take().map(Err);
            }
            if let Err(error) = self.step() {
                let first = self.close_group().err();
                self.over = true;
                self.failed = first.or(Some(error));
            }
        }
    }
}

/// The points under `landmarks`, as five pairs or ten numbers. Anything else is somebody else's metadata.
fn points_of_json(text: &[u8]) -> Option<Box<Points>> {
    #[derive(Deserialize)]
    struct Metadata {
        landmarks: Value,
    }
    manifest::points_of_json(&serde_json::from_slice::<Metadata>(text).ok()?.landmarks).ok()
}

/// Ten numbers with blanks, commas or brackets between them.
fn points_of_text(text: &[u8]) -> Option<Box<Points>> {
    let words = str::from_utf8(text).ok()?.split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']'));
    let numbers: Option<Vec<f64>> =
        words.filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect();
    points(&numbers?).ok()
}
