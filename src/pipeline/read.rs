//! One listed picture to one face: read, decode, preprocess.

use super::meters::{Meters, Stage};
use crate::error::{ErrorKind, is_away};
use crate::image::{DecodeError, Face, LandmarkTable, Landmarks, Preprocess, PreprocessError, decode};
use crate::network::Input;
use crate::source::{Item, PictureSource};
use crate::storage::{Address, ReadAt};
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Files beyond this size are refused unread: 256 MiB. No picture within the pixel limit needs more.
pub(super) const FILE_LIMIT: u64 = 256 << 20;

/// How a picture becomes a face.
#[derive(Debug)]
pub struct FaceReader {
    input: Input,
    preprocess: Preprocess,
    landmarks: Option<LandmarkTable>,
}

/// A picture gave no face.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadFaceError {
    /// The file could not be read.
    #[error("cannot read")]
    Read(#[from] io::Error),
    /// The file is larger than any picture within the limits.
    #[error("the file has {0} bytes; pictures of more than {FILE_LIMIT} bytes are refused")]
    TooLarge(u64),
    /// The row of the list names no picture.
    #[error("{0}")]
    Row(String),
    /// The file is no picture that can be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The picture could not be brought to 128×128.
    #[error(transparent)]
    Preprocess(#[from] PreprocessError),
}

impl ReadFaceError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ReadFaceError::Read(source) => source.into(),
            ReadFaceError::TooLarge(_) => ErrorKind::Unsupported,
            ReadFaceError::Row(_) => ErrorKind::Damaged,
            ReadFaceError::Decode(error) => error.kind(),
            ReadFaceError::Preprocess(error) => error.kind(),
        }
    }

    /// What is wrong in a word or two that stay the same whatever the picture, for counting.
    pub fn word(&self) -> &'static str {
        match self {
            ReadFaceError::Read(_) => "cannot read",
            ReadFaceError::TooLarge(_) | ReadFaceError::Decode(DecodeError::TooLarge { .. }) => "too large",
            ReadFaceError::Decode(DecodeError::Empty | DecodeError::UnknownFormat(_)) => "not a picture",
            ReadFaceError::Decode(DecodeError::Truncated(_) | DecodeError::Damaged { .. }) => "damaged",
            ReadFaceError::Decode(DecodeError::Unsupported { .. } | DecodeError::NeedsFeature(_)) => {
                "not supported"
            }
            ReadFaceError::Preprocess(_) => "landmarks",
            ReadFaceError::Row(_) => "bad row of the list",
        }
    }

    /// Why the storage is to blame and not the picture: it is gone, or this machine has run out of something.
    pub(super) fn storage(&self) -> Option<&io::Error> {
        let ReadFaceError::Read(error) = self else { return None };
        is_away(error).then_some(error)
    }
}

impl FaceReader {
    /// Makes faces with the planes of `input`, as `preprocess` says.
    pub fn new(input: Input, preprocess: Preprocess) -> FaceReader {
        FaceReader { input, preprocess, landmarks: None }
    }

    /// How a picture becomes a face.
    pub fn preprocess(&self) -> Preprocess {
        self.preprocess
    }

    /// Five points per picture, for [`Preprocess::Aligned`]; those of the list come first.
    pub fn landmarks(mut self, landmarks: Option<LandmarkTable>) -> FaceReader {
        self.landmarks = landmarks;
        self
    }

    /// Reads the face in the picture of `item`. `buffer` is scratch space for a file's bytes.
    ///
    /// # Errors
    /// Says which of reading, decoding and preprocessing failed, and why.
    pub fn read(&self, item: &Item, buffer: &mut Vec<u8>) -> Result<Face, ReadFaceError> {
        self.read_metered(item, buffer, &Meters::default())
    }

    /// As [`FaceReader::read`], counting the time in `meters`.
    pub(super) fn read_metered(
        &self,
        item: &Item,
        buffer: &mut Vec<u8>,
        meters: &Meters,
    ) -> Result<Face, ReadFaceError> {
        let bytes = meters.time(Stage::Read, || bytes_of(&item.picture, buffer))?;
        meters.time(Stage::Decode, || {
            let picture = decode(bytes, self.input)?;
            let listed = item.points.as_deref().map(|points| Landmarks::new(*points));
            let in_table = || self.landmarks.as_ref().and_then(|table| table.get(&item.key));
            Ok(match listed.as_ref().or_else(in_table) {
                Some(landmarks) => self.preprocess.face_at(&picture, landmarks)?,
                None => self.preprocess.face(&picture)?,
            })
        })
    }
}

/// The bytes of `picture`, in `buffer` unless they are at hand.
fn bytes_of<'a>(picture: &'a PictureSource, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], ReadFaceError> {
    match picture {
        PictureSource::File(Address::Local(path)) => read_file(path, buffer)?,
        PictureSource::File(Address::Store(url)) => *buffer = url.fetch(FILE_LIMIT)?,
        PictureSource::Range { file, offset, length } => *buffer = range(&**file, *offset, *length)?,
        #[cfg(feature = "cloud")]
        PictureSource::Begun(begun) => *buffer = begun.wait()?.into(),
        PictureSource::Bytes(bytes) => return Ok(bytes),
        PictureSource::Unusable(reason) => return Err(ReadFaceError::Row(reason.clone())),
    }
    Ok(buffer)
}

fn read_file(path: &Path, buffer: &mut Vec<u8>) -> Result<(), ReadFaceError> {
    let file = match crate::file::open(path) {
        // Lists that were written on Windows. A file that is there under the very name comes first.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match with_slashes(path) {
            Some(other) => crate::file::open(&other).map_err(|_| error)?,
            None => return Err(error.into()),
        },
        opened => opened?,
    };
    let size = file.metadata()?.len();
    if size > FILE_LIMIT {
        return Err(ReadFaceError::TooLarge(size));
    }
    buffer.clear();
    file.take(FILE_LIMIT + 1).read_to_end(buffer)?;
    Ok(())
}

/// The path with `/` for `\`, if it has any.
fn with_slashes(path: &Path) -> Option<PathBuf> {
    let bytes = path.as_os_str().as_bytes();
    let other = bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte });
    bytes.contains(&b'\\').then(|| OsString::from_vec(other.collect()).into())
}

fn range(file: &dyn ReadAt, offset: u64, length: u64) -> Result<Vec<u8>, ReadFaceError> {
    let size = usize::try_from(length).ok().filter(|_| length <= FILE_LIMIT);
    Ok(file.read_at(offset, size.ok_or(ReadFaceError::TooLarge(length))?)?)
}
