//! The gathering alone, with a clock that stands where it is put.

use super::super::gather::{Full, Gather, Next, Piece};
use std::time::{Duration, Instant};

const LARGEST: usize = 8;
const DELAY: Duration = Duration::from_millis(5);

fn whole(waiting: usize) -> usize {
    waiting.min(LARGEST)
}

/// The submissions and rows of the next run.
fn run(gather: &mut Gather<char>) -> Vec<(char, std::ops::Range<usize>)> {
    let mut run = Vec::new();
    gather.take(LARGEST, &whole, &mut run);
    run.into_iter().map(|piece| (piece.submission, piece.rows)).collect()
}

#[test]
fn small_submissions_are_put_together_in_their_order() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    for (name, faces) in [('a', 1), ('b', 3), ('c', 6), ('d', 2)] {
        gather.add(name, faces, now);
    }
    assert_eq!(gather.waiting(), 12);
    assert_eq!(run(&mut gather), [('a', 0..1), ('b', 0..3), ('c', 0..4)]);
    assert_eq!(run(&mut gather), [('c', 4..6), ('d', 0..2)], "one that was begun keeps its turn");
    assert_eq!((gather.waiting(), gather.next(LARGEST, now)), (0, Next::Sleep));
}

/// Whatever a large submission has, a face that comes later is in the next run, or the one after that.
#[test]
fn a_large_submission_starves_nobody() {
    let (mut gather, now) = (Gather::new(100_000, DELAY), Instant::now());
    gather.add('L', 10_000, now);
    assert_eq!(run(&mut gather), [('L', 0..8)], "alone it fills its runs");
    gather.add('s', 1, now);
    assert_eq!(run(&mut gather), [('L', 8..10), ('s', 0..1), ('L', 10..15)]);
    gather.add('M', 10_000, now);
    for _ in 0..100 {
        let both = run(&mut gather);
        let faces =
            |name| both.iter().filter(|(of, _)| *of == name).map(|(_, rows)| rows.len()).sum::<usize>();
        assert_eq!((faces('L'), faces('M')), (4, 4));
    }
}

#[test]
fn the_bound_is_in_faces_and_says_what_waits() {
    let (mut gather, now) = (Gather::new(10, DELAY), Instant::now());
    gather.room(11).unwrap();
    gather.add('a', 11, now);
    assert_eq!(gather.room(1), Err(Full { waiting: 11, bound: 10 }));
    run(&mut gather);
    assert_eq!(gather.room(8), Err(Full { waiting: 3, bound: 10 }));
    gather.room(7).unwrap();
}

#[test]
fn what_is_cancelled_is_not_taken() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    let a = gather.add('a', 20, now);
    run(&mut gather);
    let b = gather.add('b', 2, now);
    gather.add('c', 1, now);
    assert_eq!(gather.waiting(), 15);
    gather.cancel(a);
    gather.cancel(b);
    gather.cancel(b);
    assert_eq!(gather.waiting(), 1);
    assert_eq!(run(&mut gather), [('c', 0..1)]);
}

#[test]
fn what_failed_is_computed_alone_and_what_was_given_back_first() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    for name in ['a', 'b', 'c'] {
        gather.add(name, 2, now);
    }
    let mut taken: Vec<Piece<char>> = Vec::new();
    gather.take(LARGEST, &|_| 4, &mut taken);
    let [a, b] = taken.try_into().unwrap();
    gather.give_back(Piece { failures: 1, ..b });
    gather.give_back(a);
    assert_eq!(gather.waiting(), 6);
    assert_eq!(run(&mut gather), [('b', 0..2)]);
    assert_eq!(run(&mut gather), [('a', 0..2), ('c', 0..2)]);
}

/// A failed piece of a lane with large runs, computed by one with small ones.
#[test]
fn what_failed_is_split_if_it_has_to_be() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    gather.add('a', 20, now);
    let mut taken: Vec<Piece<char>> = Vec::new();
    gather.take(20, &|_| 20, &mut taken);
    gather.give_back(Piece { failures: 1, ..taken.pop().unwrap() });
    assert_eq!(run(&mut gather), [('a', 0..8)]);
    assert_eq!(run(&mut gather), [('a', 8..16)]);
    assert_eq!((gather.waiting(), run(&mut gather)), (4, vec![('a', 16..20)]));
    assert_eq!(gather.waiting(), 0);
}

/// A lane with nothing to do waits for nothing but the faces that the last run's submitters may bring, and not long.
#[test]
fn an_idle_lane_waits_for_a_moment_at_most() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    gather.add('a', 1, now);
    assert_eq!(gather.next(LARGEST, now), Next::Take);
    gather.answered(1, now);
    assert_eq!(gather.next(LARGEST, now), Next::Take, "one face alone waits for nobody");
    gather.answered(6, now);
    let Next::Wait(until) = gather.next(LARGEST, now) else { panic!() };
    assert!(until - now <= Duration::from_micros(200));
    assert_eq!(gather.next(LARGEST, until), Next::Take);
    gather.add('b', 5, now);
    assert_eq!(gather.next(LARGEST, now), Next::Take, "as many as before");
}

/// A lane with a run under way takes a full run, or what has waited for long.
#[test]
fn a_busy_lane_waits_for_a_full_run() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    assert!(!gather.is_due(LARGEST, now + DELAY));
    gather.add('a', 7, now);
    assert!(!gather.is_due(LARGEST, now));
    assert!(gather.is_due(LARGEST, now + DELAY));
    gather.add('b', 1, now);
    assert!(gather.is_due(LARGEST, now));
}

#[test]
fn a_lane_takes_as_many_as_cost_least() {
    let (mut gather, now) = (Gather::new(100, DELAY), Instant::now());
    gather.add('a', 5, now);
    let mut taken = Vec::new();
    gather.take(16, &|waiting| if waiting == 5 { 4 } else { 1 }, &mut taken);
    assert_eq!((taken[0].rows.clone(), gather.waiting()), (0..4, 1));
}
