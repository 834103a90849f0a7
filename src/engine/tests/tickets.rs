//! Tickets: every way to wait, and what becomes of those whose faces cannot be computed.

use super::*;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

#[test]
fn rows_come_in_the_order_of_the_faces() {
    let engine = engine(vec![lane(|_| Ok(())), lane(|_| Ok(()))]);
    let whole: Vec<u32> = (0..37).collect();
    let ticket = engine.submit_batch(faces(whole.clone())).unwrap();
    let one = engine.submit_batch(faces([99])).unwrap();
    assert_rows(&one.wait().unwrap(), [99]);
    assert_rows(&ticket.wait().unwrap(), whole);
    let none = engine.submit_batch(Batch::new()).unwrap();
    assert!(none.is_ready());
    assert_eq!(none.wait().unwrap().dim(), (0, FEATURE_LENGTH));
    let error = engine.submit_batch(Batch::from(vec![0; 1000])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "1000 bytes are not a whole number of faces of 16384 bytes");
}

/// A ticket without faces has no number; dropping it must not cancel the submission that has the first.
#[test]
fn a_ticket_without_faces_cancels_nothing() {
    let gate = Gate::default();
    let engine = engine(vec![gate.lane()]);
    let larger: Vec<u32> = (0..2 * LARGEST as u32).collect();
    let first = engine.submit_batch(faces(larger.clone())).unwrap();
    gate.begun(1);
    let waiting = engine.waiting();
    drop(engine.submit_batch(Batch::new()).unwrap());
    let after = engine.waiting();
    gate.open(usize::MAX);
    assert!(waiting > 0);
    assert_eq!(after, waiting);
    assert_rows(&first.wait().unwrap(), larger);
}

/// More faces than may wait, in parts.
#[test]
fn embed_takes_any_number() {
    let engine = Engine::builder("demo").queue_bound(16);
    let engine = engine.open_on(Network::LightCnn9, vec![lane(|_| Ok(()))]).unwrap();
    let given: Vec<Face> = (0..101).map(|number| Face::new(Input::Gray, face(number).into())).collect();
    assert_rows(&engine.embed(&given).unwrap(), 0..101);
    assert_rows(&engine.embed(&[]).unwrap(), []);
    let bgr = Face::new(Input::Bgr, vec![0; 3 * SIDE * SIDE].into());
    let error = engine.embed(&[given[0].clone(), bgr]).unwrap_err();
    assert!(matches!(error, Error::Face { index: 1, .. }), "{error}");
}

#[test]
fn a_full_queue_is_an_answer() {
    let gate = Gate::default();
    let engine = Engine::builder("demo").queue_bound(3);
    let engine = engine.open_on(Network::LightCnn9, vec![gate.lane()]).unwrap();
    let first = engine.submit_batch(faces([0])).unwrap();
    gate.begun(1);
    let second = engine.submit_batch(faces([1, 2])).unwrap();
    let error = engine.submit_batch(faces([3, 4])).unwrap_err();
    assert!(matches!(error, Error::Full { waiting: 2, bound: 3 }), "{error}");
    assert_eq!((error.kind(), error.is_retryable(), engine.waiting()), (ErrorKind::Busy, true, 2));
    // Who waits for room comes before those who do not.
    let waiting = thread::spawn({
        let engine = engine.clone();
        move || engine.submit_waiting(faces([5, 6])).unwrap().wait().unwrap()
    });
    while engine.queue().line() == 0 {
        thread::yield_now();
    }
    assert!(matches!(engine.submit_batch(faces([7])), Err(Error::Full { .. })));
    gate.open(usize::MAX);
    assert_rows(&waiting.join().unwrap(), [5, 6]);
    assert_rows(&first.wait().unwrap(), [0]);
    assert_rows(&second.wait().unwrap(), [1, 2]);
}

#[test]
fn waiting_has_an_end() {
    let gate = Gate::default();
    let engine = engine(vec![gate.lane()]);
    let mut ticket = engine.submit_batch(faces([4])).unwrap();
    assert!(ticket.try_wait().is_none());
    assert!(ticket.wait_timeout(Duration::from_millis(3)).is_none());
    assert!(!ticket.is_ready());
    gate.open(1);
    assert_rows(&ticket.wait_timeout(Duration::MAX).unwrap().unwrap(), [4]);
    assert!(ticket.is_ready());
    assert!(matches!(ticket.try_wait(), Some(Err(Error::Answered))));
    assert!(matches!(ticket.wait(), Err(Error::Answered)));
}

/// Counts how often it is woken.
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_ticket_is_a_future_on_any_runtime() {
    let gate = Gate::default();
    let engine = engine(vec![gate.lane()]);
    let mut ticket = pin!(engine.submit_batch(faces([4, 5])).unwrap());
    let (early, late) = (Arc::new(Counter(AtomicUsize::new(0))), Arc::new(Counter(AtomicUsize::new(0))));
    for counter in [&early, &late, &late] {
        let waker = Waker::from(Arc::clone(counter));
        assert!(ticket.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    gate.open(1);
    while late.0.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
    assert_eq!(
        (early.0.load(Ordering::SeqCst), late.0.load(Ordering::SeqCst)),
        (0, 1),
        "the last one is woken, once"
    );
    let waker = Waker::noop();
    let Poll::Ready(features) = ticket.as_mut().poll(&mut Context::from_waker(waker)) else { panic!() };
    assert_rows(&features.unwrap(), [4, 5]);
    let again = ticket.as_mut().poll(&mut Context::from_waker(waker));
    assert!(matches!(again, Poll::Ready(Err(Error::Answered))));
}

/// Waking may run what waits at once, on the lane's thread, and that may let go of the engine.
#[test]
fn the_last_handle_may_go_on_a_lane() {
    struct Holder(Mutex<Option<Ticket>>, AtomicUsize);
    impl Wake for Holder {
        fn wake(self: Arc<Self>) {
            drop(self.0.lock().unwrap().take());
            self.1.store(1, Ordering::SeqCst);
        }
    }
    let gate = Gate::default();
    let engine = engine(vec![gate.lane()]);
    let ticket = engine.submit_batch(faces([1])).unwrap();
    drop(engine);
    let holder = Arc::new(Holder(Mutex::new(Some(ticket)), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&holder));
    {
        let mut ticket = holder.0.lock().unwrap();
        assert!(pin!(ticket.as_mut().unwrap()).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    gate.open(1);
    while holder.1.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
}

#[test]
fn a_dropped_ticket_is_never_computed() {
    let gate = Gate::default();
    let engine = engine(vec![gate.lane()]);
    let first = engine.submit_batch(faces([0])).unwrap();
    gate.begun(1);
    let dropped = engine.submit_batch(faces(1..30)).unwrap();
    let last = engine.submit_batch(faces([30])).unwrap();
    drop(dropped);
    assert_eq!(engine.waiting(), 1);
    gate.open(usize::MAX);
    assert_rows(&last.wait().unwrap(), [30]);
    assert_rows(&first.wait().unwrap(), [0]);
    assert_eq!(gate.begun(2), [vec![0], vec![30]]);
}

/// A ticket that is dropped while its faces are computed leaves those that are computed with them alone.
#[test]
fn a_ticket_may_be_dropped_under_way() {
    let gate = Gate::default();
    let engine = engine(vec![gate.lane()]);
    let first = engine.submit_batch(faces([0])).unwrap();
    gate.begun(1);
    let (dropped, kept) =
        (engine.submit_batch(faces([1, 2])).unwrap(), engine.submit_batch(faces([3])).unwrap());
    gate.open(1);
    assert_eq!(gate.begun(2)[1], [1, 2, 3]);
    drop(dropped);
    gate.open(usize::MAX);
    assert_rows(&kept.wait().unwrap(), [3]);
    assert_rows(&first.wait().unwrap(), [0]);
}

/// Faces that cannot be computed fail their own ticket, and no other that was computed with them.
#[test]
fn one_bad_submission_harms_no_other() {
    for panics in [false, true] {
        let gate = Gate::default();
        let mut held = gate.lane();
        let engine = engine(vec![lane(move |faces| {
            let mut features = vec![0.0; faces.len() / (SIDE * SIDE) * FEATURE_LENGTH];
            held.run(faces, &mut features)?;
            match numbers(faces).any(|number| number == 13) {
                true if panics => panic!("on purpose"),
                true => Err(hiccup()),
                false => Ok(()),
            }
        })]);
        let first = engine.submit_batch(faces([0])).unwrap();
        gate.begun(1);
        let good = engine.submit_batch(faces([1, 2])).unwrap();
        let bad = engine.submit_batch(faces([12, 13])).unwrap();
        let other = engine.submit_batch(faces([3])).unwrap();
        gate.open(usize::MAX);
        assert_rows(&first.wait().unwrap(), [0]);
        assert_rows(&good.wait().unwrap(), [1, 2]);
        assert_rows(&other.wait().unwrap(), [3]);
        let error = bad.wait().unwrap_err();
        let (kind, words) =
            if panics { (ErrorKind::Internal, "on purpose") } else { (ErrorKind::Unavailable, "a thread") };
        assert!(error.kind() == kind && error.to_string().contains(words), "{error}");
        assert_eq!(gate.begun(2)[1], [1, 2, 12, 13, 3], "they were computed together");
        assert_rows(&engine.submit_batch(faces([4])).unwrap().wait().unwrap(), [4]);
    }
}

/// A failure that does not last is made good by another run.
#[test]
fn a_hiccup_is_made_good() {
    let mut runs = 0;
    let engine = engine(vec![lane(move |_| {
        runs += 1;
        if runs == 2 || runs == 3 { Err(hiccup()) } else { Ok(()) }
    })]);
    assert_rows(&engine.submit_batch(faces([1])).unwrap().wait().unwrap(), [1]);
    assert_rows(&engine.submit_batch(faces(2..20)).unwrap().wait().unwrap(), 2..20);
}

#[cfg(feature = "ascend")]
fn lost() -> ComputeError {
    ::ascend::Error::DeviceLost { device: 0, because: "a test".into() }.into()
}

/// What a lost device had is computed by those that are left.
#[cfg(feature = "ascend")]
#[test]
fn a_lost_device_loses_nothing() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let mut runs = 0;
    let dying = lane(move |_| {
        runs += 1;
        if runs == 3 { Err(lost()) } else { Ok(()) }
    });
    let engine =
        Engine::builder("demo").on_notice(move |notice| listener.lock().unwrap().push(notice.clone()));
    let engine = engine.open_on(Network::LightCnn9, vec![dying, lane(|_| Ok(()))]).unwrap();
    while engine.losses(0).is_empty() {
        let tickets: Vec<Ticket> =
            (0..40).map(|number| engine.submit_batch(faces([number, number + 100])).unwrap()).collect();
        for (number, ticket) in (0..).zip(tickets) {
            assert_rows(&ticket.wait().unwrap(), [number, number + 100]);
        }
    }
    let losses = engine.losses(0);
    assert_eq!((losses.len(), losses[0].device), (1, 0));
    assert!(engine.losses(1).is_empty());
    assert_eq!(*told.lock().unwrap(), [Notice::DeviceLost(losses[0].clone())]);
}

/// With the last device every ticket is told why, and so is whoever comes later.
#[cfg(feature = "ascend")]
#[test]
fn with_no_device_left_everybody_is_told() {
    let gate = Gate::default();
    let mut held = gate.lane();
    let engine = engine(vec![lane(move |faces| {
        let mut features = vec![0.0; faces.len() / (SIDE * SIDE) * FEATURE_LENGTH];
        held.run(faces, &mut features)?;
        Err(lost())
    })]);
    let computed = engine.submit_batch(faces([0])).unwrap();
    gate.begun(1);
    let waiting = engine.submit_batch(faces(1..50)).unwrap();
    gate.open(usize::MAX);
    for ticket in [computed, waiting] {
        let error = ticket.wait().unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::DeviceLost, true));
        assert!(error.to_string().starts_with("no device is left: device 0: device 0 is lost"), "{error}");
    }
    for error in [
        engine.submit_batch(faces([1])).unwrap_err(),
        engine.submit_waiting(faces([1])).unwrap_err(),
        engine.embed(&[Face::new(Input::Gray, face(1).into())]).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::DeviceLost, "{error}");
    }
}

/// A batch that came back is used again.
#[test]
fn memory_is_used_again() {
    let engine = engine(vec![lane(|_| Ok(()))]);
    let mut batch = faces([1, 2, 3]);
    let memory = batch.faces_mut().as_ptr();
    for round in 0..5 {
        batch = engine.submit_batch(batch).unwrap().wait_batch().unwrap();
        assert_eq!(batch.faces_mut().as_ptr(), memory);
        assert_eq!(batch.rows(), 3);
        assert_eq!(batch.features()[..FEATURE_LENGTH], feature(1)[..], "round {round}");
    }
}
