//! A server that speaks S3 (`pip install 'moto[server]'`), and how files get into it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server with a bucket `bucket`.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    pub fn start() -> Server {
        let program = std::env::var("LIGHTCNN_MOTO").unwrap_or_else(|_| "moto_server".into());
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{program}: {error}; pip install 'moto[server]', or set LIGHTCNN_MOTO")
            });
        let server = Server { child, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(server.ask("PUT", "", b"").0, 200);
        server
    }

    /// Sends a request about `name` in the bucket; the status and the body of the answer.
    pub fn ask(&self, method: &str, name: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!(
            "{method} /bucket/{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-amz-acl: public-read-write\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        (status, answer.split_off(body))
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        assert_eq!(self.ask("PUT", name, bytes).0, 200, "{name}");
    }

    /// Whether the bucket has this object.
    pub fn has(&self, name: &str) -> bool {
        self.ask("HEAD", name, b"").0 == 200
    }

    /// What the server says of the uploads in parts that were begun and not ended.
    pub fn uploads(&self) -> String {
        String::from_utf8(self.ask("GET", "?uploads", b"").1).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
