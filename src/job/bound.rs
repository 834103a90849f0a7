//! What limited a run, and what would help.

use super::files::Seconds;
use crate::engine::Stages;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Where the time of a run went. Shares are of the time the run took, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    v: u32,
    /// Rows done.
    pub rows: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// Reading, of the reading and decoding threads' time.
    pub read: f64,
    /// Decoding, of the same.
    pub decode: f64,
    /// Waiting for faces.
    pub wait_for_faces: f64,
    /// Waiting for features that are being computed.
    pub wait_for_device: f64,
    /// Making and writing parts.
    pub write: f64,
    /// The device's own stages.
    pub device: Option<DeviceShares>,
    /// What limited the run.
    pub limit: Limit,
}

/// What the devices were busy with, from the medians of their stages, measured alone after the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceShares {
    /// Copying to the device.
    pub copy_in: f64,
    /// Computing.
    pub execute: f64,
    /// Copying from the device.
    pub copy_out: f64,
}

/// What limits a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Reading files.
    Read,
    /// Decoding pictures.
    Decode,
    /// Computing on the CPU.
    Cpu,
    /// Computing on the devices.
    Execute,
    /// Copying to and from the devices.
    Copies,
    /// The devices, which are not busy all the time either.
    Starts,
    /// Writing parts.
    Write,
}

/// A device whose stages take more of the time than this has little left to give.
const BUSY: f64 = 0.7;

impl Bound {
    /// From the clocks of a run of `rows` rows by `threads` decoding threads in `elapsed`. `stages` are those of the
    /// devices, if there are any.
    pub fn new(
        rows: u64,
        elapsed: Duration,
        times: impl Into<Seconds>,
        threads: usize,
        stages: Option<Stages>,
    ) -> Bound {
        let times = times.into();
        let seconds = elapsed.as_secs_f64();
        let share = |time: f64| if seconds > 0.0 { time / seconds } else { 0.0 };
        let of_threads = |time: f64| share(time / threads.max(1) as f64);
        let device = stages.map(|stages| {
            let runs = rows as f64 / stages.batch.max(1) as f64 / stages.devices.max(1) as f64;
            let stage = |time: Duration| share(time.as_secs_f64() * runs);
            DeviceShares {
                copy_in: stage(stages.copy_in),
                execute: stage(stages.execute),
                copy_out: stage(stages.copy_out),
            }
        });
        let (faces, backend, write) = (share(times.faces), share(times.backend), share(times.write));
        let limit = if faces >= backend && faces >= write {
            if times.read > times.decode { Limit::Read } else { Limit::Decode }
        } else if write >= backend {
            Limit::Write
        } else {
            match device {
                None => Limit::Cpu,
                Some(device) if device.execute >= BUSY => Limit::Execute,
                Some(device) if device.copy_in.max(device.copy_out) >= BUSY => Limit::Copies,
                Some(_) => Limit::Starts,
            }
        };
        Bound {
            v: 1,
            rows,
            seconds,
            read: of_threads(times.read),
            decode: of_threads(times.decode),
            wait_for_faces: faces,
            wait_for_device: backend,
            write,
            device,
            limit,
        }
    }
}

impl Limit {
    /// What the limit is, and what would help.
    pub fn advice(self) -> &'static str {
        match self {
            Limit::Read => "reading files; more threads read further ahead",
            Limit::Decode => "decoding pictures; use all processors, or more machines, each with a shard",
            Limit::Cpu => "computing on the CPU; use Ascend devices, or more machines, each with a shard",
            Limit::Execute => {
                "the devices, which compute all the time; use more of them, or more machines, each with a shard"
            }
            Limit::Copies => "copies to and from the devices; a model compiled with AIPP copies a quarter",
            Limit::Starts => "the devices, which wait for each start; use larger batches or more streams",
            Limit::Write => "writing parts; use faster storage for them, or larger chunks",
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        write!(
            f,
            "read {}, decode {} (of the threads' time), wait for faces {}, wait for device {}, ",
            percent(self.read),
            percent(self.decode),
            percent(self.wait_for_faces),
            percent(self.wait_for_device)
        )?;
        if let Some(DeviceShares { copy_in, execute, copy_out }) = self.device {
            let [copy_in, execute, copy_out] = [copy_in, execute, copy_out].map(percent);
            write!(f, "of which H2D {copy_in}, execute {execute}, D2H {copy_out}, ")?;
        }
        write!(f, "write {}; the limit was {}", percent(self.write), self.limit.advice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(faces: f64, backend: f64, write: f64, read: f64, execute_ms: Option<u64>) -> Limit {
        let times = Seconds { read, decode: 1.0, faces, backend, write };
        let stages = execute_ms.map(|execute| Stages {
            batch: 10,
            devices: 2,
            copy_in: Duration::from_millis(1),
            execute: Duration::from_millis(execute),
            copy_out: Duration::from_millis(1),
        });
        let bound = Bound::new(1_000, Duration::from_secs(10), times, 2, stages);
        assert!(bound.to_string().contains(bound.limit.advice()));
        bound.limit
    }

    #[test]
    fn the_limit_is_where_the_time_went() {
        assert_eq!(limit(9.0, 0.5, 0.5, 0.2, None), Limit::Decode);
        assert_eq!(limit(9.0, 0.5, 0.5, 8.0, None), Limit::Read);
        assert_eq!(limit(1.0, 8.0, 0.5, 0.2, None), Limit::Cpu);
        assert_eq!(limit(1.0, 8.0, 0.5, 0.2, Some(180)), Limit::Execute);
        assert_eq!(limit(1.0, 8.0, 0.5, 0.2, Some(10)), Limit::Starts);
        assert_eq!(limit(1.0, 2.0, 6.0, 0.2, Some(10)), Limit::Write);
    }
}
