//! `lightcnn doctor`: whether Ascend inference can work here.

use crate::args::Doctor;
use crate::exit::Exit;
use crate::terminal;
use ascend::{Context, Error, Runtime};
use lightcnn::atc::Atc;
use lightcnn::doctor::{AclDevice, Library, Machine, diagnose};
use lightcnn::om;
use std::io::Write;

pub fn run(args: Doctor) -> anyhow::Result<Exit> {
    let machine = Machine::look();
    let model = args.model.as_deref().map(om::inspect);
    let diagnosis = diagnose(&machine, &library(), &Atc::find(), model.as_ref());
    let mut out = terminal::out();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&diagnosis)?)?;
    } else {
        write!(out, "{diagnosis}")?;
    }
    Ok(if diagnosis.inference_can_work { Exit::Good } else { Exit::Some })
}

/// Asks the installed ACL.
fn library() -> Library {
    let runtime = match Runtime::open() {
        Ok(runtime) => runtime,
        Err(Error::Load(error)) => {
            let unusable = error.attempts.iter().filter(|attempt| !attempt.is_absent());
            let unusable: Vec<String> =
                unusable.map(|attempt| format!("{}: {}", attempt.path.display(), attempt.problem)).collect();
            return if unusable.is_empty() { Library::NotInstalled } else { Library::Unusable(unusable) };
        }
        Err(error) => return Library::NotInitialized(error.to_string()),
    };
    let files = runtime.library_files().iter().map(|file| file.display().to_string()).collect();
    let count = runtime.device_count().map_err(|error| error.to_string());
    Library::Ready {
        files,
        version: runtime.version().to_string(),
        soc: runtime.soc_name().map(str::to_string),
        devices: count.map(|count| (0..count).map(|id| device(&runtime, id)).collect()),
    }
}

/// Opens a device and asks for its memory.
fn device(runtime: &Runtime, id: u32) -> AclDevice {
    let memory = || -> Result<(u64, u64), Error> {
        let number = i32::try_from(id).unwrap_or(i32::MAX);
        let memory = Context::new(&runtime.device(number)?)?.memory()?;
        Ok((memory.free as u64, memory.total as u64))
    };
    AclDevice { id, memory: memory().map_err(|error| error.to_string()) }
}
