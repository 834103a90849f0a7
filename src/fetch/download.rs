//! One try: ask for what is missing, append what comes.

use super::partial::{Partial, read_block};
use super::{FetchError, Progress};
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Response, StatusCode, header};

/// How a try ended.
pub(super) enum End {
    /// The server sent all it had.
    Complete,
    /// It may be worth another try.
    Broken(Box<ureq::Error>),
}

/// A client that gives up on a silent server. Proxies come from the environment.
pub(super) fn agent(silence: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(silence))
        .timeout_recv_response(Some(silence))
        .timeout_per_read(Some(silence))
        .user_agent(concat!("lightcnn/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// Asks for the bytes after those in `partial` and appends them.
pub(super) fn go_on(
    agent: &Agent,
    url: &str,
    partial: &mut Partial,
    progress: &mut dyn FnMut(Progress),
) -> Result<End, FetchError> {
    let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    let resumes = partial.received() > 0;
    if resumes {
        request = request.header(header::RANGE, format!("bytes={}-", partial.received()));
        if let Some(etag) = partial.etag() {
            // A changed file comes whole instead of as the end of another one.
            request = request.header(header::IF_RANGE, etag);
        }
    }
    let response = match request.call() {
        Ok(response) => response,
        Err(error) => return ended(url, error),
    };
    match response.status() {
        StatusCode::PARTIAL_CONTENT if continues(&response, partial.received()) => {}
        StatusCode::OK => partial.restart(field(&response, header::ETAG))?,
        // Nothing lies beyond what is here: it is whole, or not the beginning of this file. The hash tells.
        StatusCode::RANGE_NOT_SATISFIABLE if resumes => return Ok(End::Complete),
        StatusCode::PARTIAL_CONTENT => {
            partial.restart(None)?;
            let other = std::io::Error::other("the server sent another range than was asked for");
            return Ok(End::Broken(Box::new(ureq::Error::Io(other))));
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            return Ok(End::Broken(Box::new(ureq::Error::StatusCode(status.as_u16()))));
        }
        status => {
            return Err(FetchError::Refused { url: url.to_string(), status: status.as_u16() });
        }
    }
    receive(response, partial, progress)
}

/// Appends the body; how far it came counts even if it breaks.
fn receive(
    response: Response<ureq::Body>,
    partial: &mut Partial,
    progress: &mut dyn FnMut(Progress),
) -> Result<End, FetchError> {
    let length = field(&response, header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let total = length.map(|length| length + partial.received());
    let mut body = response.into_body().into_reader();
    let mut block = vec![0; 64 << 10];
    loop {
        progress(Progress { received: partial.received(), total });
        match read_block(&mut body, &mut block) {
            Ok(0) if total.is_none_or(|total| partial.received() >= total) => return Ok(End::Complete),
            Ok(0) => {
                let cut = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                return Ok(End::Broken(Box::new(ureq::Error::Io(cut))));
            }
            Ok(read) => partial.append(&block[..read])?,
            Err(error) => return Ok(End::Broken(Box::new(ureq::Error::Io(error)))),
        }
    }
}

/// Whether the server sends exactly what follows the `received` bytes.
fn continues(response: &Response<ureq::Body>, received: u64) -> bool {
    let start = field(response, header::CONTENT_RANGE)
        .and_then(|range| range.strip_prefix("bytes "))
        .and_then(|range| range.split('-').next())
        .and_then(|start| start.trim().parse::<u64>().ok());
    start == Some(received)
}

fn field(response: &Response<ureq::Body>, name: header::HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

/// Sorts out what no second try can mend.
fn ended(url: &str, error: ureq::Error) -> Result<End, FetchError> {
    match error {
        ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::TooManyRedirects => {
            Err(FetchError::Address { url: url.to_string(), source: Box::new(error) })
        }
        other => Ok(End::Broken(Box::new(other))),
    }
}
