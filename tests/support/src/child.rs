//! Programs that are waited for, and killed if they hang.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What became of a program.
pub struct Ended {
    /// The exit code; none if a signal ended the program.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs `command` to its end.
///
/// # Panics
///
/// If it takes longer than `limit`; it is killed then.
pub fn run(command: &mut Command, limit: Duration) -> Ended {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdout, stderr) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
    let ended = ended_within(&mut child, limit);
    let text = |reader: JoinHandle<io::Result<String>>| reader.join().unwrap().unwrap();
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(ended.is_some(), "{command:?} did not end in {limit:?}: {stdout}{stderr}");
    Ended { code: ended.and_then(|status| status.code()), stdout, stderr }
}

/// Reads a pipe to its end beside everything else, as a full one would stop the program.
fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<String>> {
    thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    })
}

/// Waits for `child` for at most `time`, then kills it: no signal handler of the process has a say. The status it
/// ended with by itself, if it did.
pub fn ended_within(child: &mut Child, time: Duration) -> Option<std::process::ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if started.elapsed() >= time {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        thread::sleep(Duration::from_micros(500));
    }
}

/// Waits until `ready`.
///
/// # Panics
///
/// After a minute, with `what` was waited for.
#[track_caller]
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let started = Instant::now();
    while !ready() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited a minute for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
