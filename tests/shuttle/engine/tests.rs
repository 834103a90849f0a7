//! Submitters, lanes and cancellations in every order.

use super::cell::Cell;
use super::error::{ComputeError, Loss};
use super::queue::{Queue, Refused, Run};
use super::sync::Arc;
use shuttle::thread;
use std::time::Duration;

/// Most faces of a run.
const LARGEST: usize = 2;
/// Orders that each test tries, unless `LIGHTCNN_ORDERS` says how many.
const ORDERS: usize = 5_000;

fn orders() -> usize {
    std::env::var("LIGHTCNN_ORDERS").map_or(ORDERS, |text| text.parse().expect("LIGHTCNN_ORDERS is a number"))
}

/// Faces of one byte each: their numbers.
fn submit(queue: &Queue, faces: &[u8]) -> Result<(Option<u64>, Arc<Cell>), Arc<ComputeError>> {
    let cell = Arc::new(Cell::default());
    cell.fill(faces.to_vec(), Vec::new(), faces.len());
    Ok((queue.submit_waiting(&cell, faces.len())?, cell))
}

/// Waits, and checks that the rows are those of the faces.
fn right(cell: &Cell, faces: &[u8]) {
    cell.wait(None);
    let (back, features) = cell.take().expect("nothing fails");
    let expected: Vec<f32> = faces.iter().map(|face| f32::from(*face)).collect();
    assert_eq!((&back[..], features), (faces, expected));
}

/// What a lane does with its next run.
#[derive(Clone, Copy)]
enum Fate {
    Computed,
    Failed,
    Lost,
}

/// A lane whose runs go as `fates` say, and well after those.
fn lane(queue: &Queue, device: i32, fates: &[Fate]) {
    let _end = queue.lane();
    let (mut run, mut fates) = (Run::default(), fates.iter());
    while queue.take(LARGEST, &|waiting| waiting.min(LARGEST), &mut run) {
        match fates.next().unwrap_or(&Fate::Computed) {
            Fate::Computed => {
                let mut features = Vec::new();
                run.read(1, |faces| features.extend(faces.iter().map(|face| f32::from(*face))));
                assert!((1..=LARGEST).contains(&features.len()));
                queue.answer(&mut run, &features);
            }
            Fate::Failed => queue.fail(&mut run, ComputeError::Hiccup),
            Fate::Lost => {
                queue.lose(&Loss { device, reason: "lost".into() });
                return queue.give_back(&mut run);
            }
        }
    }
}

fn lanes(queue: &Arc<Queue>, fates: &'static [&'static [Fate]]) -> Vec<thread::JoinHandle<()>> {
    let start = |(device, fates): (i32, &&'static [Fate])| {
        let (queue, fates) = (Arc::clone(queue), *fates);
        thread::spawn(move || lane(&queue, device, fates))
    };
    (0..).zip(fates).map(start).collect()
}

fn end(queue: &Queue, threads: Vec<thread::JoinHandle<()>>) {
    queue.close();
    threads.into_iter().for_each(|thread| thread.join().expect("no lane panics"));
}

/// Two submitters and two lanes, one of which is lost and one of which stumbles: all rows come, whatever the order.
#[test]
fn every_order_answers_every_ticket() {
    let body = || {
        let queue = Arc::new(Queue::new(2, 3, Duration::ZERO));
        let threads = lanes(&queue, &[&[Fate::Failed], &[Fate::Lost]]);
        let others = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                let (_, cell) = submit(&queue, &[1, 2, 3]).expect("a lane is left");
                right(&cell, &[1, 2, 3]);
            })
        };
        let (_, cell) = submit(&queue, &[4]).expect("a lane is left");
        right(&cell, &[4]);
        others.join().expect("right rows");
        assert_eq!(queue.waiting(), 0);
        end(&queue, threads);
    };
    shuttle::check_random(body, orders());
    shuttle::check_pct(body, orders(), 3);
}

/// A cancelled submission is forgotten, and hurts nobody who waits for its room.
#[test]
fn every_order_of_cancelling() {
    let body = || {
        let queue = Arc::new(Queue::new(1, 2, Duration::ZERO));
        let threads = lanes(&queue, &[&[]]);
        let (id, dropped) = submit(&queue, &[1, 2]).expect("a lane is left");
        let other = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                let (_, cell) = submit(&queue, &[3, 4]).expect("a lane is left");
                right(&cell, &[3, 4]);
            })
        };
        queue.cancel(id, &dropped);
        other.join().expect("right rows");
        assert_eq!(queue.waiting(), 0);
        end(&queue, threads);
    };
    shuttle::check_random(body, orders());
}

/// A submission without faces is answered at once; dropping it, at any moment, takes nothing from another.
#[test]
fn every_order_of_dropping_no_faces() {
    let body = || {
        let queue = Arc::new(Queue::new(1, 2, Duration::ZERO));
        let threads = lanes(&queue, &[&[Fate::Failed]]);
        let other = {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                let (id, none) = submit(&queue, &[]).expect("a lane is left");
                assert!(none.is_over());
                queue.cancel(id, &none);
                let (_, none) = submit(&queue, &[]).expect("a lane is left");
                right(&none, &[]);
            })
        };
        let (_, cell) = submit(&queue, &[1, 2]).expect("a lane is left");
        right(&cell, &[1, 2]);
        other.join().expect("nothing is waited for");
        assert_eq!(queue.waiting(), 0);
        end(&queue, threads);
    };
    shuttle::check_random(body, orders());
}

/// With the last lane everybody is told: those whose faces it had, those who wait, and those who wait for room.
#[test]
fn every_order_of_losing_the_last_lane() {
    let body = || {
        let queue = Arc::new(Queue::new(2, 2, Duration::ZERO));
        let threads = lanes(&queue, &[&[Fate::Lost], &[Fate::Computed, Fate::Lost]]);
        let submitters: Vec<_> = (0..3)
            .map(|number| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let faces = [number, number + 10];
                    let error = match submit(&queue, &faces) {
                        Err(error) => error,
                        Ok((_, cell)) => {
                            cell.wait(None);
                            match cell.take() {
                                Err(error) => error,
                                Ok((_, features)) => {
                                    let expected = faces.map(f32::from).to_vec();
                                    return assert_eq!(features, expected);
                                }
                            }
                        }
                    };
                    assert!(matches!(*error, ComputeError::NoDeviceLeft(_)), "{error}");
                })
            })
            .collect();
        submitters.into_iter().for_each(|thread| thread.join().expect("an answer"));
        // There are more faces than the lanes compute before they are lost.
        threads.into_iter().for_each(|thread| thread.join().expect("no lane panics"));
        let cell = Arc::new(Cell::default());
        cell.fill(vec![0], Vec::new(), 1);
        assert!(matches!(queue.submit(&cell, 1), Err(Refused::Over(_))));
        assert_eq!(queue.losses(0).len(), 2);
    };
    shuttle::check_random(body, orders());
}
