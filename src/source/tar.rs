//! `.tar`: the pictures in an archive, in the form of WebDataset shards. Only headers are read here; the pictures are
//! read by whoever decodes them.

use super::archive::{Member, Members};
use super::item::{Item, PictureSource, Points, key_inside};
use super::manifest::points;
use super::{SourceError, folder};
use crate::storage::Address;
use serde::Deserialize;
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
}

struct Pictures {
    path: PathBuf,
    members: Members,
    group: Group,
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
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let members = Members::open(address)?;
    let (group, ready) = (Group::default(), VecDeque::new());
    let mut pictures =
        Pictures { path: address.as_path().to_path_buf(), members, group, ready, over: false, failed: None };
    pictures.step()?;
    Ok(pictures)
}

impl Pictures {
    /// Goes on by one member.
    fn step(&mut self) -> Result<(), SourceError> {
        match self.members.next()? {
            Some(member) => self.take(member),
            None => {
                self.close_group();
                self.over = true;
                Ok(())
            }
        }
    }

    fn take(&mut self, member: Member) -> Result<(), SourceError> {
        let name = Path::new(OsStr::from_bytes(&member.name));
        let Some(ending) = name.extension() else { return Ok(()) };
        let stem = &member.name[..member.name.len() - ending.len()];
        if self.group.stem != stem || self.group.items.len() == BESIDE_LIMIT {
            self.close_group();
            self.group.stem = stem.to_vec();
        }
        if folder::is_picture(name) {
            let file = Arc::clone(self.members.file());
            let picture = PictureSource::Range { file, offset: member.offset, length: member.length };
            let key = key_inside(&self.path, name);
            self.group.items.push_back(Item { id: 0, key, picture, points: None });
        } else if member.length <= POINTS_LIMIT && (ending == "json" || ending == "landmarks") {
            let text = self.members.read(&member)?;
            self.group.points = if ending == "json" { points_of_json(&text) } else { points_of_text(&text) };
        }
        Ok(())
    }

    fn close_group(&mut self) {
        let Group { items, points, .. } = std::mem::take(&mut self.group);
        self.ready.extend(items.into_iter().map(|item| Item { points: points.clone(), ..item }));
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
                self.close_group();
                self.over = true;
                self.failed = Some(error);
            }
        }
    }
}

/// The points under `landmarks`, as five pairs or ten numbers. Anything else is somebody else's metadata.
fn points_of_json(text: &[u8]) -> Option<Box<Points>> {
    #[derive(Deserialize)]
    struct Metadata {
        landmarks: Landmarks,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Landmarks {
        Pairs(Box<Points>),
        Numbers([f64; 10]),
    }
    match serde_json::from_slice::<Metadata>(text).ok()?.landmarks {
        Landmarks::Pairs(points) => Some(points),
        Landmarks::Numbers(numbers) => points(&numbers).ok(),
    }
}

/// Ten numbers with blanks, commas or brackets between them.
fn points_of_text(text: &[u8]) -> Option<Box<Points>> {
    let words = str::from_utf8(text).ok()?.split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']'));
    let numbers: Option<Vec<f64>> =
        words.filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect();
    points(&numbers?).ok()
}
