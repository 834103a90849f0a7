//! Files that somebody named: nothing here waits for ever, reads without end, or writes through a link.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Opens the file at `path` for reading.
///
/// # Errors
/// If it cannot be opened, or is no file: reading a named pipe, a socket or a device may take for ever.
pub fn open(path: &Path) -> io::Result<File> {
    // Before opening, as opening a device can set it in motion; and after, as the path may have been taken by another.
    check(std::fs::metadata(path)?.file_type())?;
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    check(file.metadata()?.file_type())?;
    Ok(file)
}

/// The bytes of the file at `path`, which are at most `limit`.
///
/// # Errors
/// As [`open`], or if it is larger.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = |size: u64| {
        let text = format!("it has {size} bytes; at most {limit} are read");
        io::Error::new(io::ErrorKind::FileTooLarge, text)
    };
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_large(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

/// Opens the file at `path` for writing, or makes an empty one. What is in it stays.
///
/// # Errors
/// If it cannot be opened or made, is no file, is a symbolic link, or has another name as well: who can put a link into the
/// folder could otherwise have any file of this user overwritten.
pub(crate) fn open_own(path: &Path) -> io::Result<File> {
    let refused = |what: &str| {
        let text = format!("{what}, which is not written through; remove it");
        Err(io::Error::new(io::ErrorKind::InvalidInput, text))
    };
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_symlink() => return refused("a symbolic link"),
        Ok(found) => check(found.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = OpenOptions::new().write(true).create(true).truncate(false).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    check(metadata.file_type())?;
    if metadata.nlink() > 1 {
        return refused("a file that has another name, too");
    }
    Ok(file)
}

/// Makes the file at `path`, which only this process writes. One that a process of the same number left is replaced.
///
/// # Errors
/// If the operating system refuses.
pub(crate) fn create_own(path: &Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).open(path);
    match create() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::remove_file(path)?;
            create()
        }
        made => made,
    }
}

fn check(kind: FileType) -> io::Result<()> {
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{what}, not a file")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        let _listener = UnixListener::bind(path("socket")).unwrap();
        std::os::unix::fs::symlink(path("pipe"), path("link")).unwrap();
        for (name, what) in
            [("pipe", "a named pipe"), ("link", "a named pipe"), ("socket", "a socket"), ("", "a folder")]
        {
            let error = open(&path(name)).unwrap_err();
            assert_eq!(
                (error.kind(), error.to_string()),
                (io::ErrorKind::InvalidInput, format!("{what}, not a file"))
            );
        }
        assert_eq!(open(Path::new("/dev/zero")).unwrap_err().to_string(), "a device, not a file");
        assert_eq!(open(&path("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    /// Neither a link nor a second name leads to somebody's file.
    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        std::fs::write(path("victim"), "precious").unwrap();
        std::os::unix::fs::symlink(path("victim"), path("link")).unwrap();
        std::os::unix::fs::symlink(path("nowhere"), path("dangling")).unwrap();
        std::fs::hard_link(path("victim"), path("second")).unwrap();
        assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        for (name, what) in [
            ("link", "a symbolic link"),
            ("dangling", "a symbolic link"),
            ("second", "a file that has another name"),
            ("pipe", "a named pipe"),
            ("", "a folder"),
        ] {
            let error = open_own(&path(name)).unwrap_err().to_string();
            assert!(error.starts_with(what), "{name}: {error}");
        }
        assert!(!path("nowhere").exists());
        for name in ["link", "dangling", "second", "new"] {
            drop(create_own(&path(name)).unwrap());
        }
        assert_eq!(std::fs::read(path("victim")).unwrap(), b"precious");
        drop(open_own(&path("new")).unwrap());
        drop(open_own(&path("newer")).unwrap());
        assert_eq!(std::fs::read(path("newer")).unwrap(), b"");
    }

    #[test]
    fn files_have_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "seven b").unwrap();
        assert_eq!(read(&path, 7).unwrap(), b"seven b");
        let error = read(&path, 6).unwrap_err();
        assert_eq!(error.to_string(), "it has 7 bytes; at most 6 are read");
        // Files of the kernel have no size, and many bytes.
        assert_eq!(read(Path::new("/proc/self/maps"), 10).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
