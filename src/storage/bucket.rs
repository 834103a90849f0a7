//! The clients of object stores: one for each bucket, made when it is first used and kept.

use crate::environment;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path as Key;
use object_store::{ClientOptions, Error, ObjectStore, Result};
use std::collections::HashMap;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

/// A client, by what its addresses begin with: `s3://bucket`.
type Buckets = Mutex<HashMap<String, Arc<dyn ObjectStore>>>;

static BUCKETS: LazyLock<Buckets> = LazyLock::new(Mutex::default);

/// Waits for an answer of a store.
pub(super) fn wait<T>(answer: impl Future<Output = T>) -> io::Result<T> {
    Ok(runtime()?.block_on(answer))
}

/// Most attempts at a request whose answer breaks off.
const ATTEMPTS: u32 = 6;

/// What the client has tried for this long it has tried again itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The attempts at a request. The client itself tries again for all reasons but one: an answer that breaks off.
#[derive(Default)]
pub(super) struct Attempts(u32);

impl Attempts {
    /// Whether another attempt is worth it after this one, begun at `started`, has failed; then after a pause.
    pub(super) async fn another(&mut self, error: &Error, started: Instant) -> bool {
        self.0 += 1;
        let broke_off = matches!(error, Error::Generic { source, .. } if !is_refusal(&**source));
        if !broke_off || self.0 == ATTEMPTS || started.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(50 << self.0)).await;
        true
    }
}

/// The answer to `ask`, which may be done twice without harm.
pub(super) async fn again<T, A: Future<Output = Result<T>>>(mut ask: impl FnMut() -> A) -> io::Result<T> {
    let mut attempts = Attempts::default();
    loop {
        let started = Instant::now();
        match ask().await {
            Err(error) if attempts.another(&error, started).await => {}
            answer => return answer.map_err(to_io),
        }
    }
}

/// The thread that talks to the stores; callers wait for it.
pub(super) fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    // Another part of the program may have chosen its cryptography before; either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        Builder::new_multi_thread().worker_threads(1).thread_name("storage").enable_all().build()?;
    Ok(RUNTIME.get_or_init(|| runtime))
}

/// The bucket of `address`, what addresses in it begin with, and the rest of this one.
pub(super) fn bucket(address: &Path) -> io::Result<(Arc<dyn ObjectStore>, String, Key)> {
    let invalid = |problem: &str| io::Error::new(ErrorKind::InvalidInput, problem.to_string());
    let text = address.to_str().ok_or_else(|| invalid("the address is not UTF-8"))?;
    let (scheme, rest) = text.split_once("://").ok_or_else(|| invalid("no address of an object"))?;
    let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
    if name.is_empty() {
        return Err(invalid("the address names no bucket or host; it is written s3://BUCKET/NAME"));
    }
    let is_web = scheme.starts_with("http");
    if is_web && key.contains('?') {
        return Err(invalid("addresses with a query (?…) are not supported"));
    }
    let key = if is_web { Key::from_url_path(key) } else { Key::parse(key) };
    let key = key.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
    let root = format!("{scheme}://{name}");
    let mut buckets = BUCKETS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = buckets.get(&root) {
        return Ok((Arc::clone(store), root, key));
    }
    // A client starts its own background work.
    let _entered = runtime()?.enter();
    let store = build(scheme, &root).map_err(|error| wrongly_set(&error))?;
    buckets.insert(root.clone(), Arc::clone(&store));
    Ok((store, root, key))
}

fn build(scheme: &str, root: &str) -> Result<Arc<dyn ObjectStore>> {
    Ok(match scheme {
        "s3" => Arc::new(
            set_by("AWS_", AmazonS3Builder::new(), AmazonS3Builder::with_config).with_url(root).build()?,
        ),
        "gs" => {
            let builder =
                set_by("GOOGLE_", GoogleCloudStorageBuilder::new(), GoogleCloudStorageBuilder::with_config);
            let account = environment::text("SERVICE_ACCOUNT");
            let builder =
                account.into_iter().fold(builder, GoogleCloudStorageBuilder::with_service_account_path);
            Arc::new(builder.with_url(root).build()?)
        }
        "az" => {
            let builder = set_by("AZURE_", MicrosoftAzureBuilder::new(), MicrosoftAzureBuilder::with_config);
            let identity = environment::text("IDENTITY_ENDPOINT");
            let builder = identity.into_iter().fold(builder, MicrosoftAzureBuilder::with_msi_endpoint);
            Arc::new(builder.with_url(root).build()?)
        }
        _ => {
            let options = ClientOptions::new().with_allow_http(scheme == "http");
            Arc::new(HttpBuilder::new().with_url(root).with_client_options(options).build()?)
        }
    })
}

/// `builder` with what the variables say whose names begin with `prefix`. The client's own reading takes a variable that
/// is set and empty for a value.
fn set_by<B, K: FromStr>(prefix: &str, builder: B, with: impl Fn(B, K, String) -> B) -> B {
    environment::beginning_with(prefix).into_iter().fold(builder, |builder, (name, value)| {
        match name.to_ascii_lowercase().parse() {
            Ok(key) => with(builder, key, value),
            // A variable of the vendor's other tools.
            Err(_) => builder,
        }
    })
}

/// A client could not be made: nothing was asked of the store, so what was set is wrong. Names the variables whose values
/// the error quotes.
fn wrongly_set(error: &Error) -> io::Error {
    let mut text = words(error);
    let named = |(_, value): &(String, String)| text.contains(&format!("\"{value}\""));
    let prefixes = ["AWS_", "GOOGLE_", "AZURE_"].into_iter().flat_map(environment::beginning_with);
    let names: Vec<String> = prefixes.filter(named).map(|(name, _)| name).collect();
    if !names.is_empty() {
        text = format!("{text}; look at the variable {}", names.join(", "));
    }
    io::Error::new(ErrorKind::InvalidInput, text)
}

/// What a store says, as the operating system would say it of a file.
pub(super) fn to_io(error: Error) -> io::Error {
    let kind = match &error {
        Error::NotFound { .. } => ErrorKind::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => ErrorKind::PermissionDenied,
        Error::AlreadyExists { .. } | Error::Precondition { .. } => ErrorKind::AlreadyExists,
        Error::NotSupported { .. } | Error::NotImplemented { .. } => ErrorKind::Unsupported,
        Error::InvalidPath { .. } | Error::UnknownConfigurationKey { .. } => ErrorKind::InvalidInput,
        Error::Generic { source, .. } if is_refusal(&**source) => ErrorKind::InvalidInput,
        // Tried again and again by now: the store is away.
        _ => ErrorKind::TimedOut,
    };
    io::Error::new(kind, words(&error))
}

/// The error and its causes in one line. The client repeats causes in its own words; here each is said once.
fn words(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line
}

/// Whether the store has understood the request and will not have it: a status of 4xx, and not one of those that ask
/// for patience. The client keeps the status to itself and tells it in words only.
fn is_refusal(error: &(dyn StdError + 'static)) -> bool {
    let words = words(error);
    let status = words.split("status code: ").nth(1).and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 429))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(words: &'static str) -> ErrorKind {
        to_io(Error::Generic { store: "S3", source: words.into() }).kind()
    }

    #[test]
    fn refusals_are_told_from_storage_that_is_away() {
        assert_eq!(
            kind("Server returned non-2xx status code: 400 Bad Request: no such region"),
            ErrorKind::InvalidInput
        );
        assert_eq!(kind("Server returned non-2xx status code: 503 Slow Down: "), ErrorKind::TimedOut);
        assert_eq!(kind("Server returned non-2xx status code: 429 Too Many Requests: "), ErrorKind::TimedOut);
        assert_eq!(kind("operation timed out"), ErrorKind::TimedOut);
    }

    #[test]
    fn addresses_name_a_bucket_and_an_object() {
        let key = |text: &str| bucket(Path::new(text)).map(|(_, root, key)| format!("{root} {key}"));
        assert_eq!(key("http://host:1/a%20b/c.jpg").unwrap(), "http://host:1 a b/c.jpg");
        assert_eq!(key("http://host:1/a/").unwrap(), "http://host:1 a");
        for wrong in
            ["http:///a.jpg", "http://host/a.jpg?key=1", "http://host/a//b.jpg", "http://host/../b.jpg"]
        {
            assert_eq!(key(wrong).unwrap_err().kind(), ErrorKind::InvalidInput, "{wrong}");
        }
    }
}
