//! One object of a store.

use super::StoreUrl;
use super::bucket::{Attempts, again, bucket, runtime, to_io, wait};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path as Key;
use object_store::{
    Error, GetResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    UpdateVersion,
};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Instant;

/// Bytes of a part of an upload in parts, and the most that is put in one request. S3 takes no less than 5 MiB.
const PART: usize = 8 << 20;

/// An address in a store; there need be nothing.
#[derive(Clone)]
pub struct Object {
    store: Arc<dyn ObjectStore>,
    /// What addresses in this bucket begin with.
    root: String,
    key: Key,
}

/// Which of the versions an object has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(UpdateVersion);

impl Object {
    /// The object, or the folder, at `address`.
    ///
    /// # Errors
    /// If `address` names no object, or the environment lacks what its store needs.
    pub fn new(address: &StoreUrl) -> io::Result<Object> {
        let (store, root, key) = bucket(address.as_path())?;
        Ok(Object { store, root, key })
    }

    /// Its size in bytes.
    ///
    /// # Errors
    /// If there is no such object or the store refuses.
    pub fn size(&self) -> io::Result<u64> {
        Ok(wait(again(|| self.store.head(&self.key)))??.size)
    }

    /// All its bytes, and their version.
    ///
    /// # Errors
    /// As [`Object::size`], and if it has more than `limit` bytes.
    pub fn get(&self, limit: u64) -> io::Result<(Bytes, Version)> {
        wait(get(Arc::clone(&self.store), self.key.clone(), limit))?
    }

    /// Some of its bytes.
    ///
    /// # Errors
    /// As [`Object::size`].
    pub fn range(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        Ok(wait(again(|| self.store.get_range(&self.key, range.clone())))??.into())
    }

    /// Its bytes from the beginning to the end.
    ///
    /// # Errors
    /// As [`Object::size`].
    pub fn read(&self) -> io::Result<impl Read + Send + use<>> {
        let stream = wait(again(|| self.store.get(&self.key)))??.into_stream();
        Ok(Stream { stream, rest: Bytes::new() })
    }

    /// Begins to fetch it; [`Begun::wait`] waits for the bytes.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn begin(&self, limit: u64) -> io::Result<Begun> {
        let (send, answer) = mpsc::channel();
        let fetched = get(Arc::clone(&self.store), self.key.clone(), limit);
        runtime()?.spawn(async move {
            // Whoever began it may have gone.
            let _ = send.send(fetched.await.map(|(bytes, _)| bytes));
        });
        Ok(Begun(Mutex::new(answer)))
    }

    /// Puts an object here, in place of another if there is one: it is there as a whole or not at all.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn put(&self, bytes: &[u8]) -> io::Result<()> {
        wait(again(|| async {
            if bytes.len() <= PART {
                self.store.put(&self.key, PutPayload::from(bytes.to_vec())).await?;
                return Ok(());
            }
            match self.store.put_multipart(&self.key).await {
                Ok(mut upload) => {
                    let done = in_parts(&mut *upload, bytes).await;
                    if done.is_err() {
                        // What cannot be taken back either is removed by the bucket's own rules.
                        let _ = upload.abort().await;
                    }
                    done
                }
                Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
                    self.store.put(&self.key, PutPayload::from(bytes.to_vec())).await.map(drop)
                }
                Err(error) => Err(error),
            }
        }))?
    }

    /// As [`Object::put`] with the bytes of `file`, of which a few MiB are in memory at a time.
    ///
    /// # Errors
    /// If the store refuses or the file cannot be read.
    pub fn upload(&self, file: &File) -> io::Result<()> {
        let size = file.metadata()?.len();
        let read = |at: u64| {
            let mut bytes = vec![0; (size - at).min(PART as u64) as usize];
            file.read_exact_at(&mut bytes, at).map(|()| bytes)
        };
        if size <= PART as u64 {
            return self.put(&read(0)?);
        }
        wait(async {
            let mut upload = self.store.put_multipart(&self.key).await.map_err(to_io)?;
            let parts = async {
                for at in (0..size).step_by(PART) {
                    upload.put_part(PutPayload::from(read(at)?)).await.map_err(to_io)?;
                }
                upload.complete().await.map(drop).map_err(to_io)
            };
            let done = parts.await;
            if done.is_err() {
                let _ = upload.abort().await;
            }
            done
        })?
    }

    /// Puts an object here if there is none, or, with `replaced`, if there is still that version; says which version
    /// it is now.
    ///
    /// # Errors
    /// With [`io::ErrorKind::AlreadyExists`] if there is another one, or this one already, whose answer was lost; with [`io::ErrorKind::Unsupported`] if the store
    /// cannot tell, else if it refuses.
    pub fn put_if(&self, bytes: &[u8], replaced: Option<&Version>) -> io::Result<Version> {
        let mode = replaced.map_or(PutMode::Create, |Version(version)| PutMode::Update(version.clone()));
        let put = wait(again(|| {
            self.store.put_opts(&self.key, PutPayload::from(bytes.to_vec()), mode.clone().into())
        }))??;
        Ok(Version(put.into()))
    }

    /// Removes it.
    ///
    /// # Errors
    /// If the store refuses. Some do not say whether there was anything.
    pub fn remove(&self) -> io::Result<()> {
        wait(again(|| self.store.delete(&self.key)))?
    }

    /// Removes it, if there is one.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn remove_if_there(&self) -> io::Result<()> {
        match self.remove() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// What is in this folder: names, sizes, and whether they are folders.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn list(&self) -> io::Result<Vec<(String, u64, bool)>> {
        let found = match wait(again(|| self.store.list_with_delimiter(Some(&self.key))))? {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            found => found?,
        };
        let name = |key: &Key| key.filename().unwrap_or_default().to_string();
        let folders = found.common_prefixes.iter().map(|key| (name(key), 0, true));
        Ok(found.objects.iter().map(|meta| (name(&meta.location), meta.size, false)).chain(folders).collect())
    }

    /// The addresses of all objects below this folder, in the store's order.
    pub(super) fn below(&self) -> impl Iterator<Item = io::Result<PathBuf>> + Send + use<> {
        let Object { store, root, key } = self.clone();
        Below { stream: store.list(Some(&key)), store, root, key, last: None }
    }
}

/// Objects below a folder. A list that breaks off is gone on with after the last name that was told.
struct Below {
    store: Arc<dyn ObjectStore>,
    root: String,
    key: Key,
    stream: BoxStream<'static, object_store::Result<ObjectMeta>>,
    last: Option<Key>,
}

impl Iterator for Below {
    type Item = io::Result<PathBuf>;

    fn next(&mut self) -> Option<io::Result<PathBuf>> {
        let next = wait(async {
            let mut attempts = Attempts::default();
            loop {
                let started = Instant::now();
                match self.stream.next().await {
                    Some(Err(error)) if attempts.another(&error, started).await => {
                        self.stream = match &self.last {
                            Some(last) => self.store.list_with_offset(Some(&self.key), last),
                            None => self.store.list(Some(&self.key)),
                        };
                    }
                    next => return next.transpose().map_err(to_io),
                }
            }
        });
        let meta = next.flatten().transpose()?;
        Some(meta.map(|meta| {
            let address = PathBuf::from(format!("{}/{}", self.root, meta.location));
            self.last = Some(meta.location);
            address
        }))
    }
}

async fn get(store: Arc<dyn ObjectStore>, key: Key, limit: u64) -> io::Result<(Bytes, Version)> {
    let too_large =
        |size| io::Error::new(ErrorKind::FileTooLarge, format!("{size} bytes; the limit is {limit}"));
    let found = again(|| async {
        let found: GetResult = store.get(&key).await?;
        let meta = found.meta.clone();
        if meta.size > limit { Ok(Err(meta.size)) } else { Ok(Ok((found.bytes().await?, meta))) }
    });
    let (bytes, meta) = found.await?.map_err(too_large)?;
    Ok((bytes, Version(UpdateVersion { e_tag: meta.e_tag, version: meta.version })))
}

async fn in_parts(upload: &mut dyn MultipartUpload, bytes: &[u8]) -> object_store::Result<()> {
    for part in bytes.chunks(PART) {
        upload.put_part(PutPayload::from(part.to_vec())).await?;
    }
    upload.complete().await.map(drop)
}

/// An object that is on its way.
#[derive(Debug)]
pub struct Begun(Mutex<mpsc::Receiver<io::Result<Bytes>>>);

impl Begun {
    /// Its bytes, once they are here. They are handed out once.
    ///
    /// # Errors
    /// As [`Object::get`].
    pub fn wait(&self) -> io::Result<Bytes> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answer.recv().unwrap_or_else(|_| Err(io::Error::other("the request was dropped")))
    }
}

struct Stream {
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    rest: Bytes,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match wait(self.stream.next())? {
                Some(bytes) => self.rest = bytes.map_err(to_io)?,
                None => return Ok(0),
            }
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}
