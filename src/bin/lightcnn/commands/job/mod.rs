//! `lightcnn job`: one file per command.

mod merge;
mod retry_bad;
mod run;
mod status;
mod verify;
mod watch;

use crate::args::job::Job;
use crate::exit::Exit;
use crate::report::Report;
use lightcnn::job::JobError;

/// Runs one command on jobs.
pub fn run(command: Job, report: &Report) -> anyhow::Result<Exit> {
    let done = match command {
        Job::Run(args) => run::run(args, report),
        Job::RetryBad(args) => retry_bad::run(args, report),
        Job::Status(args) => status::run(args),
        Job::Verify(args) => verify::run(args),
        Job::Merge(args) => merge::run(args, report),
    };
    match done {
        Err(error) if is_retryable(&error) => {
            report.error(&error);
            Ok(Exit::Later)
        }
        done => done,
    }
}

/// Whether the same command may succeed later or elsewhere.
fn is_retryable(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<JobError>().is_some_and(JobError::is_retryable)
            || cause.downcast_ref::<lightcnn::Error>().is_some_and(lightcnn::Error::is_retryable)
    })
}
