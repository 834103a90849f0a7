//! Which row of a listing is not the one that a job was begun with: a hash says that one is, and a person wants its name.

use super::files::{Listings, Record};
use super::part::open_checked;
use super::scan::{Chunk, List, Listing, key};
use super::store::Store;
use super::{JobError, Shard};
use crate::digest::hex;

/// A row that has another name now.
struct Renamed {
    /// Its number in the listing.
    row: u64,
    was: String,
    is: String,
}

/// The two listings in words, by the first row that is done and has another name now; by their hashes if there is none.
pub(super) fn in_words(
    store: &dyn Store,
    shard: Shard,
    (recorded, given): (&Listing, &Listing),
    (chunks, chunk): (&[Chunk], u64),
    list: List<'_>,
) -> Result<Listings, JobError> {
    let hashes = |listing: &Listing| format!("{} rows, SHA-256 {}", listing.rows, listing.sha256);
    Ok(match first(store, shard, chunks, chunk, list)? {
        None => (hashes(recorded), hashes(given)),
        Some(Renamed { row, was, is }) => {
            let named = |listing: &Listing, name: &str| format!("{} rows, row {row} {name}", listing.rows);
            (named(recorded, &was), named(given, &is))
        }
    })
}

fn first(
    store: &dyn Store,
    shard: Shard,
    chunks: &[Chunk],
    size: u64,
    list: List<'_>,
) -> Result<Option<Renamed>, JobError> {
    for number in 0..=chunks.len() {
        let Some(record) = Record::get(store, shard, number)? else { continue };
        if chunks.get(number).is_some_and(|chunk| record.keys_sha256 == hex(&chunk.keys)) {
            continue;
        }
        let mut part = open_checked(store, shard, &record)?;
        let mut rows = list()?.filter(|item| item.as_ref().map_or(true, |item| shard.has(&key(item))));
        for _ in 0..number as u64 * size {
            rows.next().transpose()?;
        }
        for row in 0..part.rows() {
            let was = part.row(row)?;
            let is = rows.next().transpose()?.map(|item| (item.id, key(&item)));
            match is {
                Some((id, name)) if id == was.id && name == was.path => {}
                Some((_, is)) => return Ok(Some(Renamed { row: was.id, was: was.path, is })),
                None => return Ok(Some(Renamed { row: was.id, was: was.path, is: "not there".into() })),
            }
        }
    }
    Ok(None)
}
