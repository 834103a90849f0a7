//! Files that somebody named, opened for reading: nothing here waits for ever or reads without end.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
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
