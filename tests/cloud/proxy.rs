//! A proxy before the server that does what networks and busy stores do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Handed on, and the answer back.
    None,
    /// Answered with `503 Slow Down`.
    Throttled,
    /// The connection is closed before the server hears of it.
    Lost,
    /// The server does it, and half of its answer arrives.
    Cut,
    /// Handed on after a while.
    Slow,
    /// Never answered.
    Held,
}

/// A proxy; `choose` gets the number of a request and its first line.
pub struct Proxy {
    pub port: u16,
    /// Requests that met a fault.
    pub faults: Arc<AtomicU64>,
}

impl Proxy {
    pub fn start(server: u16, choose: impl Fn(u64, &str) -> Fault + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = Arc::new(AtomicU64::new(0));
        let (count, counted) = (AtomicU64::new(0), Arc::clone(&faults));
        let serve = Arc::new(move |client: TcpStream| {
            // A client that has gone is no matter.
            let _ = answer(client, server, |line| {
                let fault = choose(count.fetch_add(1, Ordering::SeqCst), line);
                counted.fetch_add(u64::from(fault != Fault::None), Ordering::SeqCst);
                fault
            });
        });
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(client));
            }
        });
        Proxy { port, faults }
    }
}

fn answer(mut client: TcpStream, server: u16, choose: impl Fn(&str) -> Fault) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let lines = || head.split("\r\n");
    let header = |name: &str| {
        lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_string())
        })
    };
    let length = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    let fault = choose(lines().next().unwrap_or_default());
    match fault {
        Fault::Throttled => {
            return client
                .write_all(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        Fault::Lost => return Ok(()),
        Fault::Slow => std::thread::sleep(Duration::from_millis(300)),
        Fault::Held => std::thread::sleep(Duration::from_secs(600)),
        Fault::None | Fault::Cut => {}
    }
    // The server closes after its answer, so that its end is seen.
    let kept: Vec<&str> =
        lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).collect();
    let head = kept.join("\r\n").replacen("\r\n", "\r\nConnection: close\r\n", 1);
    let mut upstream = TcpStream::connect(("127.0.0.1", server))?;
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let end = if fault == Fault::Cut { answer.len() / 2 } else { answer.len() };
    client.write_all(&answer[..end])?;
    client.shutdown(Shutdown::Both)
}
