//! Random submissions from several threads to emulated devices that fail and are lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lightcnn::network::{FEATURE_LENGTH, Network};
use lightcnn::{Batch, Engine, ErrorKind};

use test_support::scenario::run;
use test_support::tiny;

/// Different faces.
const FACES: usize = 64;
const THREADS: u64 = 6;
/// Submissions of a thread.
const EACH: usize = 150;

fn variable(name: &str) -> usize {
    std::env::var(name).unwrap().parse().unwrap()
}

#[test]
#[ignore = "a scenario, run by the tests below"]
fn scenario_storm() {
    let folder = tempfile::tempdir().unwrap();
    let model = tiny::om(folder.path(), "tiny", &[1, 4, 8], true, false);
    let builder = Engine::builder(model).network(Network::LightCnn9).streams(2).queue_bound(64);
    let engine = builder.limit(Duration::from_secs(5)).open().unwrap();
    let faces: Vec<Vec<u8>> = (0..FACES as u64).map(tiny::face).collect();
    let features: Vec<Vec<f32>> = faces.iter().map(|face| tiny::feature(face)).collect();
    let (right, dropped, lost) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (engine, faces, features) = (engine.clone(), &faces, &features);
            let (right, dropped, lost) = (&right, &dropped, &lost);
            let mut state = thread;
            let mut random = move |below: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % below
            };
            scope.spawn(move || {
                for _ in 0..EACH {
                    let ids: Vec<usize> = (0..random(20)).map(|_| random(FACES)).collect();
                    let bytes: Vec<u8> =
                        ids.iter().map(|id| faces[*id].as_slice()).collect::<Vec<_>>().concat();
                    let ticket = match engine.submit_waiting(Batch::from(bytes)) {
                        Ok(ticket) => ticket,
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::DeviceLost, "{error}");
                            lost.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                    };
                    if random(3) == 0 {
                        dropped.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    match ticket.wait() {
                        Ok(found) => {
                            assert_eq!(found.dim(), (ids.len(), FEATURE_LENGTH));
                            for (row, id) in found.rows().into_iter().zip(&ids) {
                                for (found, expected) in row.iter().zip(&features[*id]) {
                                    assert!((found - expected).abs() < 1e-3, "face {id}: {found} {expected}");
                                }
                            }
                            right.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::DeviceLost, "{error}");
                            lost.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let told = [right, dropped, lost].map(AtomicUsize::into_inner);
    assert_eq!(told.iter().sum::<usize>(), THREADS as usize * EACH);
    assert_eq!(engine.losses(0).len(), variable("LOST"), "{:?}", engine.losses(0));
    assert_eq!(told[2] > 0, variable("LOST") == variable("ASCEND_EMULATOR_DEVICES"), "{told:?}");
    assert!(told[0] > 50 && told[1] > 50, "{told:?}");
}

/// Two of three devices are lost, runs fail and one hangs on the way.
#[test]
fn what_devices_lose_comes_from_the_others() {
    let faults =
        "device:0@40=507901;device:2@120=507901;execute:60=507011;execute:150=507015;copy:300=507015";
    let variables = [("ASCEND_EMULATOR_DEVICES", "3"), ("ASCEND_EMULATOR_FAULTS", faults), ("LOST", "2")];
    run("storm::scenario_storm", &variables).clean();
}

/// With the last device everybody is told.
#[test]
fn nobody_waits_for_a_device_that_is_gone() {
    let faults = "device:0@100=507901;device:1@200=507901";
    let variables = [("ASCEND_EMULATOR_DEVICES", "2"), ("ASCEND_EMULATOR_FAULTS", faults), ("LOST", "2")];
    run("storm::scenario_storm", &variables).clean();
}
