//! What to type after an error. The library's errors name no flags; this file adds the flags that help.

#[cfg(feature = "ascend")]
use lightcnn::Device;
use lightcnn::checkpoint::{ContentError, Unfit};
use lightcnn::contract::NotAlike;
#[cfg(feature = "ascend")]
use lightcnn::engine::ComputeError;
use lightcnn::engine::Error;
use lightcnn::eval::{EvalError, ThresholdsError};
use lightcnn::features::{ReadError, SinkError};
#[cfg(feature = "fetch")]
use lightcnn::fetch::FetchError;
#[cfg(feature = "parquet")]
use lightcnn::job::{JobError, ShardError};
use lightcnn::models;
use lightcnn::search::{PeopleError, SearchError, SessionError};
use lightcnn::source::SourceError;
use lightcnn::stored::StoredError;
use lightcnn_cpu::cpu::CalibrationError;
use std::error::Error as StdError;
use std::path::Path;

/// What to do about `error`, if a flag or a command of this program helps.
pub fn of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(about)
}

fn about(cause: &(dyn StdError + 'static)) -> Option<String> {
    let advice = [
        cause.downcast_ref().and_then(engine),
        cause.downcast_ref::<Box<Error>>().and_then(|error| engine(error)),
        cause.downcast_ref().and_then(content),
        cause.downcast_ref().and_then(thresholds),
        cause.downcast_ref().and_then(search),
        cause.downcast_ref().and_then(people),
        cause.downcast_ref().and_then(session),
        cause.downcast_ref().and_then(sink),
        cause.downcast_ref().and_then(read),
        cause.downcast_ref().and_then(stored),
        cause.downcast_ref().and_then(source),
        cause.downcast_ref().and_then(not_alike),
        cause.downcast_ref().and_then(calibration),
        cause.downcast_ref().and_then(eval),
        #[cfg(feature = "fetch")]
        cause.downcast_ref().and_then(fetch),
        #[cfg(feature = "parquet")]
        cause.downcast_ref().and_then(job),
        #[cfg(feature = "parquet")]
        cause.downcast_ref().and_then(shard),
    ];
    advice.into_iter().flatten().next()
}

fn engine(error: &Error) -> Option<String> {
    Some(match error {
        Error::UnknownModel { .. } => "to list the published models:  lightcnn fetch --list".into(),
        Error::NotFetched { name, .. } => format!(
            "to get it:            lightcnn fetch {name}\n  \
             to use another file:  --model FILE\n  \
             to try the tool:      --model demo (untrained)"
        ),
        Error::Cached { name, .. } | Error::OtherWeights { name, .. } => {
            format!("to get it again:  lightcnn fetch {name}")
        }
        Error::CpuPrecision => "to run on the CPU:  --device cpu, and --model FILE with the weights".into(),
        Error::OtherCalibration { .. } => "to measure one with these weights:  lightcnn calibrate".into(),
        Error::NetworkUnknown { .. } => "to name the network:  --network NAME".into(),
        Error::ChipUnknown => "to compile for a chip by name:  lightcnn compile --soc NAME".into(),
        Error::NoAscend => "to run on the CPU:  --device cpu".into(),
        #[cfg(feature = "ascend")]
        Error::Compute(error) => return compute(error),
        _ => return None,
    })
}

#[cfg(feature = "ascend")]
fn compute(error: &ComputeError) -> Option<String> {
    match error {
        ComputeError::NotOpened { opened, .. } if !opened.is_empty() => {
            Some(format!("to run on the devices that open:  --device {}", Device::Ascend(opened.clone())))
        }
        _ => None,
    }
}

fn content(error: &ContentError) -> Option<String> {
    match error {
        ContentError::Unfit(error) => unfit(error),
        _ => None,
    }
}

/// What to do about tensors that are not the weights of one network.
pub fn unfit(error: &Unfit) -> Option<String> {
    Some(match error {
        Unfit::Ambiguous { sets } => {
            let (key, _) = sets.first()?;
            // The word may go through a shell.
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            let key = match key.is_empty() || !key.chars().all(is_plain) {
                true => format!("'{}'", key.escape_debug()),
                false => key.clone(),
            };
            format!("to choose, for example, the first:  --key {key}")
        }
        Unfit::NoKey { .. } => "to see the names of all tensors:  lightcnn inspect FILE".into(),
        Unfit::Beside { .. } => "to pass over these tensors:  leave out --strict-weights".into(),
        _ => return None,
    })
}

fn thresholds(error: &ThresholdsError) -> Option<String> {
    Some(
        match error {
            ThresholdsError::NotMeasured { .. } | ThresholdsError::Content { .. } => {
                "to measure them:     lightcnn eval lfw --features FILE --pairs FILE --save-thresholds\n  \
             to name a file:      --thresholds FILE\n  \
             to give a cosine:    --threshold COSINE"
            }
            ThresholdsError::Io { path, .. } if is_in_cache(path) => {
                return Some(format!("to keep thresholds in another folder:  {CACHE}"));
            }
            ThresholdsError::NoContract { .. } => "to make features with a contract:  lightcnn extract",
            _ => return None,
        }
        .into(),
    )
}

fn search(error: &SearchError) -> Option<String> {
    match error {
        SearchError::NoStrangers { .. } => Some("to name a threshold:  --threshold COSINE".into()),
        _ => None,
    }
}

fn people(error: &PeopleError) -> Option<String> {
    match error {
        PeopleError::NoFolder { .. } => {
            Some("to name the persons:  --persons FILE, a CSV with the header path,person".into())
        }
        _ => None,
    }
}

fn session(error: &SessionError) -> Option<String> {
    match error {
        // An error that speaks for another one is passed over by the chain of causes, so that one is asked here.
        SessionError::Engine(error) => engine(error),
        SessionError::People(error) => people(error),
        SessionError::Search(error) => search(error),
        SessionError::Source(error) => source(error),
        SessionError::NotAlike(error) => not_alike(error),
        SessionError::NoNames { .. } => {
            Some("to make features with names:  lightcnn extract or lightcnn job run".into())
        }
        _ => None,
    }
}

fn sink(error: &SinkError) -> Option<String> {
    match error {
        SinkError::Exists { .. } => Some("to replace it:  --force".into()),
        _ => None,
    }
}

fn read(error: &ReadError) -> Option<String> {
    match error {
        ReadError::NotFeatures { .. } => Some("to make features of pictures:  lightcnn extract".into()),
        _ => None,
    }
}

fn stored(error: &StoredError) -> Option<String> {
    match error {
        StoredError::Read(error) => read(error),
        _ => None,
    }
}

fn not_alike(error: &NotAlike) -> Option<String> {
    match error {
        NotAlike::Unknown { .. } => Some(
            "to say how they were made:  --contract FILE, such as the .contract.json beside the .npy that they are from"
                .into(),
        ),
        _ => None,
    }
}

fn source(error: &SourceError) -> Option<String> {
    match error {
        SourceError::Features(_) => Some("to compare features:  lightcnn compare A B".into()),
        _ => None,
    }
}

fn calibration(error: &CalibrationError) -> Option<String> {
    match error {
        CalibrationError::File { .. } | CalibrationError::NoFaces => None,
        _ => Some("to measure one:  lightcnn calibrate FACES --model MODEL -o FILE".into()),
    }
}

fn eval(error: &EvalError) -> Option<String> {
    match error {
        EvalError::Unnamed { .. } | EvalError::Order { .. } => {
            Some("to give the image list:  --list FILE".into())
        }
        EvalError::TooMany { .. } => {
            Some("to evaluate by a configuration:  lightcnn eval blufr --config FILE".into())
        }
        EvalError::NoFolds => Some("to evaluate it as a plain list:  lightcnn eval pairs".into()),
        _ => None,
    }
}

/// What moves the cache.
const CACHE: &str = "LIGHTCNN_CACHE=FOLDER in the environment";

fn is_in_cache(path: &Path) -> bool {
    models::cache_folder().is_ok_and(|folder| path.starts_with(folder))
}

#[cfg(feature = "fetch")]
fn fetch(error: &FetchError) -> Option<String> {
    match error {
        FetchError::Refused { .. } | FetchError::Hash { .. } => {
            Some("to download it from another place:  --url URL".into())
        }
        FetchError::Disk { .. } => Some(format!("to keep it in another folder:  {CACHE}")),
        _ => None,
    }
}

#[cfg(feature = "parquet")]
fn job(error: &JobError) -> Option<String> {
    Some(match error {
        JobError::NoJob { .. } => "to begin a job:  lightcnn job run".into(),
        JobError::TooManyBad { .. } => {
            "to let more rows fail:  --max-bad N, or a share such as --max-bad 0.1%".into()
        }
        JobError::Part(_) | JobError::Rows { .. } => "to check all parts:  lightcnn job verify FOLDER".into(),
        JobError::Pipeline(error) => return error.source().and_then(about),
        JobError::Sink(error) => return sink(error),
        _ => return None,
    })
}

#[cfg(feature = "parquet")]
fn shard(error: &ShardError) -> Option<String> {
    Some(match error {
        ShardError::CountUnknown(_) => "to say how many shards there are:  --shards N".into(),
        ShardError::IndexUnknown(count) => format!("to say which shard this is:  --shard 0/{count}"),
        ShardError::Counts { .. } => "to say both at once:  --shard I/N, without --shards".into(),
        _ => return None,
    })
}
