//! A hundred thousand random submissions: every ticket is answered once, with the right rows or the right reason.

use super::*;
use std::collections::HashSet;
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const SUBMISSIONS: u32 = 100_000;
const ROUNDS: u32 = 40;

/// A generator: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}

/// A face with this bit makes every run fail that it is in.
const POISON: u32 = 1 << 23;

/// A lane that computes little, and fails now and then: for good, for once, or by a panic.
struct Stormy {
    random: Random,
    /// Runs until it is lost.
    left: u64,
    /// Faces whose runs have failed for once, in any lane: they are not hit again.
    hit: Arc<Mutex<HashSet<u32>>>,
    /// Lanes that exist.
    alive: Arc<AtomicUsize>,
}

impl Drop for Stormy {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Compute for Stormy {
    fn largest(&self) -> usize {
        LARGEST
    }

    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
        self.left -= 1;
        if self.left == 0 {
            return Err(::ascend::Error::DeviceLost { device: 0, because: "a test".into() }.into());
        }
        if numbers(faces).any(|number| number & POISON != 0) {
            if self.random.one_in(100) {
                panic!("on purpose");
            }
            return Err(hiccup());
        }
        if self.random.one_in(50) {
            let mut hit = self.hit.lock().unwrap();
            if numbers(faces).all(|number| !hit.contains(&number)) {
                hit.extend(numbers(faces));
                return Err(hiccup());
            }
        }
        for (number, row) in numbers(faces).zip(features.chunks_exact_mut(FEATURE_LENGTH)) {
            (row[0], row[FEATURE_LENGTH - 1]) = (number as f32, -(number as f32));
        }
        Ok(())
    }
}

/// What became of the submissions of a round.
#[derive(Debug, Default)]
struct Fates {
    right: AtomicUsize,
    poisoned: AtomicUsize,
    lost: AtomicUsize,
    dropped: AtomicUsize,
}

/// Submits faces `first..first + count` and looks at the answer, or does not wait for it.
fn submission(
    engine: &Engine,
    random: &mut Random,
    first: u32,
    batch: &mut Batch,
    fates: &Fates,
) -> Option<Weak<cell::Cell>> {
    let count = random.below(41) as usize;
    let poison = count > 0 && random.one_in(200);
    let bytes = batch.faces_mut();
    // The system gives zeros for nothing.
    *bytes = vec![0; count * SIDE * SIDE];
    for (number, face) in (first..).zip(bytes.chunks_exact_mut(SIDE * SIDE)) {
        face[..4].copy_from_slice(&number.to_le_bytes());
    }
    if poison {
        let face = random.below(count as u64) as usize * SIDE * SIDE;
        bytes[face..face + 4].copy_from_slice(&(first | POISON).to_le_bytes());
    }
    let lost = |error: &Error| {
        assert_eq!(error.kind(), ErrorKind::DeviceLost, "{error}");
        fates.lost.fetch_add(1, Ordering::SeqCst);
    };
    let whole = std::mem::take(batch);
    let ticket = if random.one_in(2) { engine.submit_waiting(whole) } else { engine.submit_batch(whole) };
    let mut ticket = match ticket {
        Ok(ticket) => ticket,
        Err(Error::Full { waiting, bound }) => {
            assert!(waiting <= bound + 40);
            fates.dropped.fetch_add(1, Ordering::SeqCst);
            return None;
        }
        Err(error) => {
            lost(&error);
            return None;
        }
    };
    let watched = ticket.watched();
    let answer = match random.below(6) {
        0 => None,
        1 => ticket.wait_timeout(Duration::from_micros(random.below(300))),
        2 => {
            let answer = ticket.wait_timeout(Duration::MAX);
            assert!(matches!(ticket.try_wait(), Some(Err(Error::Answered))));
            answer
        }
        _ => {
            let answer = ticket.wait_batch();
            Some(answer.map(|answered| {
                let features = answered.features().to_vec();
                *batch = answered;
                Array2::from_shape_vec((features.len() / FEATURE_LENGTH, FEATURE_LENGTH), features).unwrap()
            }))
        }
    };
    match answer {
        None => fates.dropped.fetch_add(1, Ordering::SeqCst),
        Some(Ok(features)) => {
            assert!(!poison, "a poisoned submission was computed");
            assert_eq!(features.nrows(), count);
            for (number, row) in (first..).zip(features.rows()) {
                let number = number as f32;
                assert_eq!((row[0], row[FEATURE_LENGTH - 1]), (number, -number), "a face of {first}");
            }
            fates.right.fetch_add(1, Ordering::SeqCst)
        }
        Some(Err(Error::Compute(error))) if !matches!(*error, ComputeError::NoDeviceLeft(_)) => {
            assert!(poison, "{error}");
            let known = matches!(*error, ComputeError::Panicked(_) | ComputeError::Thread(_));
            assert!(known, "{error}");
            fates.poisoned.fetch_add(1, Ordering::SeqCst)
        }
        Some(Err(error)) => {
            lost(&error);
            0
        }
    };
    watched
}

/// One engine with 1 to 6 lanes, of which all but one, or all, are lost on the way, and 1 to 16 threads.
fn round(seed: u64) -> Fates {
    let mut random = Random(seed);
    let (lanes, threads) = (1 + random.below(6), 1 + random.below(16) as u32);
    let all_lost = random.one_in(8);
    let alive = Arc::new(AtomicUsize::new(lanes as usize));
    let hit = Arc::new(Mutex::new(HashSet::new()));
    let computes = (0..lanes).map(|lane| -> Box<dyn Compute> {
        let mortal = all_lost || (lane > 0 && random.one_in(2));
        let left = if mortal { 1 + random.below(1500) } else { u64::MAX };
        let (hit, alive) = (Arc::clone(&hit), Arc::clone(&alive));
        Box::new(Stormy { random: Random(random.next()), left, hit, alive })
    });
    let computes: Vec<_> = computes.collect();
    let engine = Engine::builder("demo").queue_bound(8 << random.below(8));
    let engine = engine.max_delay(Duration::from_micros(random.below(500)));
    let engine = engine.open_on(Network::LightCnn9, computes).unwrap();
    let fates = Fates::default();
    let each = SUBMISSIONS / ROUNDS / threads;
    let cells: Vec<Weak<cell::Cell>> = thread::scope(|scope| {
        let spawned: Vec<_> = (0..threads)
            .map(|thread| {
                let (engine, fates, mut random) = (engine.clone(), &fates, Random(random.next()));
                scope.spawn(move || {
                    let (mut cells, mut batch) = (Vec::new(), Batch::new());
                    for number in 0..each {
                        // Numbers stay whole as float32.
                        let first = (thread * each + number) * 41;
                        cells.extend(submission(&engine, &mut random, first, &mut batch, fates));
                    }
                    cells
                })
            })
            .collect();
        spawned.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    if !all_lost {
        assert_eq!(fates.lost.load(Ordering::SeqCst), 0, "seed {seed}: a lane was left");
    }
    assert_eq!(engine.waiting(), 0, "seed {seed}: all was answered or cancelled");
    drop(engine);
    assert_eq!(alive.load(Ordering::SeqCst), 0, "seed {seed}: a thread is left");
    let left = cells.iter().filter(|cell| cell.strong_count() > 0).count();
    assert_eq!(left, 0, "seed {seed}: submissions are left");
    let count = |fate: &AtomicUsize| fate.load(Ordering::SeqCst);
    let told = count(&fates.right) + count(&fates.poisoned) + count(&fates.lost) + count(&fates.dropped);
    assert_eq!(told, (each * threads) as usize, "seed {seed}");
    fates
}

#[test]
fn every_ticket_is_answered_once() {
    let (mut right, mut poisoned, mut lost, mut dropped) = (0, 0, 0, 0);
    for seed in 0..ROUNDS {
        let fates = round(seed.into());
        right += fates.right.into_inner();
        poisoned += fates.poisoned.into_inner();
        lost += fates.lost.into_inner();
        dropped += fates.dropped.into_inner();
    }
    println!(
        "{right} right, {poisoned} failed as they should, {lost} lost with the last device, {dropped} dropped"
    );
    assert!(right > SUBMISSIONS as usize / 3 && poisoned > 100 && lost > 100);
    assert!(dropped > SUBMISSIONS as usize / 4);
}
