//! Pictures in a store are asked for before their turn, many at a time: an answer takes longer than a face.

use super::PipelineError;
use super::read::FILE_LIMIT;
use super::spawn::spawn;
use crate::source::{Item, PictureSource, SourceError};
use crate::storage::{Address, Object};
use std::sync::mpsc::sync_channel;

/// Pictures that are on their way at a time.
const AHEAD: usize = 64;

/// `items`, listed by a thread of their own that asks for what is in a store.
pub(super) fn ahead(
    items: impl Iterator<Item = Result<Item, SourceError>> + Send + 'static,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send, PipelineError> {
    let (send, begun) = sync_channel(AHEAD);
    spawn("list", move || {
        for item in items {
            // Nobody listens any more when the run has ended.
            if send.send(item.map(begin)).is_err() {
                return;
            }
        }
    })?;
    Ok(begun.into_iter())
}

fn begin(mut item: Item) -> Item {
    if let PictureSource::File(Address::Store(url)) = &item.picture
        && let Ok(begun) = Object::new(url).and_then(|object| object.begin(FILE_LIMIT))
    {
        item.picture = PictureSource::Begun(begun);
    }
    // Else the reader finds out why it cannot be had, and says so.
    item
}
