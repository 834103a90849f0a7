//! Against a server on this machine that can be told to misbehave.

use super::*;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the server does with one request.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The bytes asked for.
    Serve,
    /// The whole file, whatever was asked for.
    Whole,
    /// As `Serve`, but cut after so many bytes of body.
    Cut(usize),
    /// A status and nothing else.
    Status(u16),
    /// Headers, then silence.
    Stall,
    /// A range that was not asked for.
    OtherRange,
}

struct Server {
    url: String,
    /// The `Range` of each request, empty if there was none.
    ranges: Arc<Mutex<Vec<String>>>,
}

/// Answers one request per act, then no more.
fn serve(content: &[u8], acts: &[Act]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/model.ckpt", listener.local_addr().unwrap());
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let (content, acts, log) = (content.to_vec(), acts.to_vec(), Arc::clone(&ranges));
    thread::spawn(move || {
        for act in acts {
            let (stream, _) = listener.accept().unwrap();
            let (content, log) = (content.clone(), Arc::clone(&log));
            thread::spawn(move || answer(stream, &content, act, &log));
        }
    });
    Server { url, ranges }
}

fn answer(mut stream: TcpStream, content: &[u8], act: Act, log: &Mutex<Vec<String>>) {
    let mut range = String::new();
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("range: ") {
            range = value.to_string();
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(range.clone());
    let asked = range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().ok();
    let start = match act {
        Act::Whole => 0,
        Act::OtherRange => 1,
        _ => asked.unwrap_or(0),
    };
    let total = content.len();
    let status = match act {
        Act::Status(status) => format!("{status} Told So"),
        _ if start >= total && start > 0 => "416 Nothing There".into(),
        _ if start > 0 => {
            format!("206 Partial Content\r\nContent-Range: bytes {start}-{}/{total}", total - 1)
        }
        _ => "200 OK".into(),
    };
    let body = match act {
        Act::Status(_) => &[],
        _ => content.get(start..).unwrap_or(&[]),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // A client that has seen enough may be gone.
    let _ = stream.write_all(head.as_bytes());
    let _ = match act {
        Act::Cut(bytes) => stream.write_all(&body[..bytes.min(body.len())]),
        Act::Stall => {
            thread::sleep(Duration::from_millis(1_500));
            Ok(())
        }
        _ => stream.write_all(body),
    };
}

fn content() -> Vec<u8> {
    (0..300_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn model(content: &[u8]) -> PublishedModel {
    let sha256 = crate::digest::sha256(content);
    PublishedModel { name: "test".into(), sha256, ..crate::models::all()[0].clone() }
}

fn options(folder: &Path, server: &Server) -> FetchOptions {
    FetchOptions {
        url: Some(server.url.clone()),
        wait: Duration::from_millis(1),
        silence: Duration::from_millis(500),
        tries: 3,
        ..FetchOptions::new(folder.join("new folder"))
    }
}

/// Names in the cache folder.
fn left(options: &FetchOptions) -> Vec<String> {
    let entries = fs::read_dir(&options.folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_is_fetched_once() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[Act::Serve]);
    let (model, options) = (model(&content), options(folder.path(), &server));
    let mut last = None;
    let fetched = fetch(&model, &options, &mut |progress| last = Some(progress)).unwrap();
    assert!(!fetched.cached);
    assert_eq!(fs::read(&fetched.path).unwrap(), content);
    let length = content.len() as u64;
    assert_eq!(last, Some(Progress { received: length, total: Some(length) }));
    assert_eq!(left(&options), [model.file_name()]);
    // The server answers no second request.
    assert!(fetch(&model, &options, &mut |_| {}).unwrap().cached);
}

#[test]
fn a_cut_connection_is_resumed() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[Act::Cut(100_000), Act::Status(503), Act::Serve]);
    let options = options(folder.path(), &server);
    let fetched = fetch(&model(&content), &options, &mut |_| {}).unwrap();
    assert_eq!(fs::read(fetched.path).unwrap(), content);
    assert_eq!(*server.ranges.lock().unwrap(), ["", "bytes=100000-", "bytes=100000-"]);
}

#[test]
fn a_later_run_resumes_too() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let acts = [Act::Cut(1_000), Act::Cut(1_000), Act::Stall, Act::Serve];
    let server = serve(&content, &acts);
    let (model, options) = (model(&content), options(folder.path(), &server));
    let error = fetch(&model, &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Broken { received: 2_000, tries: 3, .. }), "{error}");
    assert!(error.to_string().contains("run it again to go on from there"));
    assert_eq!(fs::read(fetch(&model, &options, &mut |_| {}).unwrap().path).unwrap(), content);
    assert_eq!(server.ranges.lock().unwrap()[3], "bytes=2000-");
}

#[test]
fn servers_without_ranges_send_it_all_again() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[Act::Cut(5_000), Act::OtherRange, Act::Cut(7), Act::Whole]);
    let options = FetchOptions { tries: 4, ..options(folder.path(), &server) };
    let fetched = fetch(&model(&content), &options, &mut |_| {}).unwrap();
    assert_eq!(fs::read(fetched.path).unwrap(), content);
}

#[test]
fn a_whole_partial_file_is_recognised() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[Act::Serve]);
    let (model, options) = (model(&content), options(folder.path(), &server));
    fs::create_dir(&options.folder).unwrap();
    fs::write(crate::partial::partial_name(&options.folder.join(model.file_name())), &content).unwrap();
    assert_eq!(fs::read(fetch(&model, &options, &mut |_| {}).unwrap().path).unwrap(), content);
}

#[test]
fn a_wrong_file_is_not_kept() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(b"something else", &[Act::Serve]);
    let (model, options) = (model(&content), options(folder.path(), &server));
    let error = fetch(&model, &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Hash { .. }), "{error}");
    assert!(error.to_string().contains(&model.sha256));
    assert!(left(&options).is_empty());
}

#[test]
fn a_damaged_cached_file_is_replaced() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[Act::Serve]);
    let (model, options) = (model(&content), options(folder.path(), &server));
    fs::create_dir(&options.folder).unwrap();
    fs::write(options.folder.join(model.file_name()), &content[1..]).unwrap();
    assert!(!fetch(&model, &options, &mut |_| {}).unwrap().cached);
}

#[test]
fn refusals_are_not_tried_again() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[Act::Status(404)]);
    let options = options(folder.path(), &server);
    let error = fetch(&model(&content), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Refused { status: 404, .. }), "{error}");
    let options = FetchOptions { url: Some("not an address".into()), ..options };
    let error = fetch(&model(&content), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Address { .. }), "{error}");
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[]);
    fs::write(folder.path().join("new folder"), "a file in the way").unwrap();
    let options = options(folder.path(), &server);
    let error = fetch(&model(&content), &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Disk { .. }), "{error}");
}

#[test]
fn two_fetches_do_not_mix() {
    let (folder, content) = (tempfile::tempdir().unwrap(), content());
    let server = serve(&content, &[]);
    let (model, options) = (model(&content), options(folder.path(), &server));
    let _first = Partial::open(&options.folder.join(model.file_name())).unwrap();
    let error = fetch(&model, &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, FetchError::Busy { .. }), "{error}");
}
