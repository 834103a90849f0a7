//! Timing mode: `ASCEND_EMULATOR_TIMING` models a card's time instead of computing.
//!
//! Entries are separated by `;`, all optional: `execute=1:0.6,16:2.0` milliseconds per batch size (sizes between
//! are interpolated, larger ones extrapolated from zero), `h2d=8000` and `d2h=8000` bus bandwidth in MB/s (none:
//! free), `launch=5` microseconds per queued task. Copies in each direction and executions are three engines per
//! device: work of one kind queues, work of different kinds overlaps.
//!
//! Time is kept as a schedule (the end of a task is the start of the next one) so that late wake-ups of the host
//! do not add up; threads sleep until the scheduled end.
//!
//! # The hash
//! Outputs are no features but a hash of each sample's input bytes, so order and padding can be checked:
//!
//! ```text
//! h = 0x9E3779B97F4A7C15
//! for each 8 bytes of the sample (little-endian u64 w; a shorter rest is padded with zero bytes):
//!     h = ((h ^ w) * 0x00000100000001B3) rotated left by 23       (wrapping)
//! value k of output o:  z = h + (o << 32) + k + 1, then splitmix64's mixing:
//!     z *= 0x9E3779B97F4A7C15; z = (z ^ z>>30) * 0xBF58476D1CE4E5B9;
//!     z = (z ^ z>>27) * 0x94D049BB133111EB; z = z ^ z>>31
//!     value = (z >> 40) / 2^23 - 1, in [-1, 1), exact in 32-bit floats (fp16 outputs: rounded to nearest)
//! ```
//!
//! The sample is the bytes of the first input as they lie on the device (AIPP models: pixels).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The modelled times.
#[derive(Debug, Default)]
pub struct Timing {
    /// Batch size and time, ascending.
    execute: Vec<(u64, f64)>,
    h2d_mb_per_s: Option<f64>,
    d2h_mb_per_s: Option<f64>,
    launch: Duration,
}

/// Which of a device's engines a task occupies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Copies from host to device.
    HostToDevice,
    /// Copies from device to host.
    DeviceToHost,
    /// Model executions.
    Compute,
}

/// When each engine of a device is free again.
#[derive(Debug, Default)]
pub struct Engines([Mutex<Option<Instant>>; 3]);

impl Engines {
    /// Books `cost` on `engine`, not before `ready`; returns the end.
    pub fn book(&self, engine: Engine, ready: Instant, cost: Duration) -> Instant {
        let mut free = self.0[engine as usize].lock().unwrap_or_else(PoisonError::into_inner);
        let end = free.map_or(ready, |at| at.max(ready)) + cost;
        *free = Some(end);
        end
    }
}

impl Timing {
    /// Parses the value of `ASCEND_EMULATOR_TIMING`.
    pub fn parse(text: &str) -> Result<Timing, String> {
        let mut timing = Timing::default();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let wrong =
                || format!("'{entry}' is not understood; an example is execute=1:0.6,16:2.0;h2d=8000");
            let (key, value) = entry.split_once('=').ok_or_else(wrong)?;
            let number = |text: &str| {
                text.trim().parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0).ok_or_else(wrong)
            };
            match key.trim() {
                "execute" => {
                    for pair in value.split(',') {
                        let (gear, ms) = pair.split_once(':').ok_or_else(wrong)?;
                        let gear = gear.trim().parse().ok().filter(|&g| g > 0).ok_or_else(wrong)?;
                        timing.execute.push((gear, number(ms)?));
                    }
                    timing.execute.sort_by_key(|(gear, _)| *gear);
                }
                "h2d" => timing.h2d_mb_per_s = Some(number(value)?).filter(|v| *v > 0.0),
                "d2h" => timing.d2h_mb_per_s = Some(number(value)?).filter(|v| *v > 0.0),
                "launch" => timing.launch = Duration::from_secs_f64(number(value)? / 1e6),
                _ => return Err(wrong()),
            }
        }
        Ok(timing)
    }

    /// Time one execution of `batch` samples occupies the compute engine.
    pub fn execution(&self, batch: u64) -> Duration {
        let mut below = (0, 0.0);
        let mut ms = None;
        for &(gear, time) in &self.execute {
            if batch <= gear {
                let share = (batch - below.0) as f64 / (gear - below.0) as f64;
                ms = Some(if below.0 == 0 { time } else { below.1 + share * (time - below.1) });
                break;
            }
            below = (gear, time);
        }
        let ms = ms.unwrap_or(if below.0 == 0 { 0.0 } else { below.1 * batch as f64 / below.0 as f64 });
        Duration::from_secs_f64(ms / 1e3) + self.launch
    }

    /// Time a copy of `bytes` occupies the bus.
    pub fn copy(&self, engine: Engine, bytes: usize) -> Duration {
        let bandwidth = match engine {
            Engine::HostToDevice => self.h2d_mb_per_s,
            Engine::DeviceToHost => self.d2h_mb_per_s,
            Engine::Compute => None,
        };
        bandwidth.map_or(Duration::ZERO, |mb| Duration::from_secs_f64(bytes as f64 / (mb * 1e6)))
            + self.launch
    }
}

/// Hash of one sample's bytes; see the module's description.
pub fn hash(sample: &[u8]) -> u64 {
    let mut h = 0x9E37_79B9_7F4A_7C15_u64;
    let mut mix = |word: u64| h = (h ^ word).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
    let mut words = sample.chunks_exact(8);
    for word in &mut words {
        mix(u64::from_le_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]]));
    }
    if !words.remainder().is_empty() {
        let mut last = [0; 8];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        mix(u64::from_le_bytes(last));
    }
    h
}

/// Value `k` of output `output` for a sample of hash `h`, in `-1.0..1.0`.
pub fn value(h: u64, output: usize, k: usize) -> f32 {
    let mut z = h.wrapping_add((output as u64) << 32).wrapping_add(k as u64 + 1);
    z = z.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 40) as f32 / 8_388_608.0 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_the_table() {
        let timing = Timing::parse("execute=8:1.0,16:2.0; h2d=100; launch=10").unwrap();
        let us = |d: Duration| d.as_nanos() / 1000;
        assert_eq!(us(timing.execution(1)), 1010);
        assert_eq!(us(timing.execution(8)), 1010);
        assert_eq!(us(timing.execution(12)), 1510);
        assert_eq!(us(timing.execution(32)), 4010);
        assert_eq!(us(timing.copy(Engine::HostToDevice, 200_000)), 2010);
        assert_eq!(us(timing.copy(Engine::DeviceToHost, 200_000)), 10);
        assert!(Timing::parse("execute=fast").unwrap_err().contains("execute=fast"));
    }

    #[test]
    fn an_engine_does_one_thing_at_a_time() {
        let engines = Engines::default();
        let start = Instant::now();
        let ms = Duration::from_millis(2);
        assert_eq!(engines.book(Engine::Compute, start, ms), start + ms);
        assert_eq!(engines.book(Engine::Compute, start, ms), start + 2 * ms);
        assert_eq!(engines.book(Engine::HostToDevice, start, ms), start + ms);
        assert_eq!(engines.book(Engine::Compute, start + 9 * ms, ms), start + 10 * ms);
    }

    #[test]
    fn the_hash_depends_on_every_byte_and_its_place() {
        let sample: Vec<u8> = (0..=20).collect();
        let mut swapped = sample.clone();
        swapped.swap(3, 20);
        assert_ne!(hash(&sample), hash(&swapped));
        assert_eq!(hash(&[]), 0x9E37_79B9_7F4A_7C15);
        let one = (0x9E37_79B9_7F4A_7C15_u64 ^ 7).wrapping_mul(0x100_0000_01B3).rotate_left(23);
        assert_eq!(hash(&[7]), one);
        assert!((0..100).all(|k| (-1.0..1.0).contains(&value(one, 0, k))));
        assert_ne!(value(one, 0, 1).to_bits(), value(one, 1, 1).to_bits());
    }
}
