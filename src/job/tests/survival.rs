//! Whatever happens in between, the parts are those of a run to which nothing happened.

use super::*;

/// The parts of a job to which nothing happened.
fn undisturbed(pictures: &Pictures) -> BTreeMap<PathBuf, Vec<u8>> {
    let disk = Lossy::default();
    run(&disk, pictures, Shard::WHOLE).unwrap();
    let parts = parts(&disk);
    assert_eq!(parts.len(), 4);
    parts
}

/// Whether every record on the disk is of the part beside it.
fn records_are_true(disk: &Lossy) -> bool {
    let verified = verify(&*store(disk));
    // Without a job there are no records.
    verified.is_err()
        || verified.is_ok_and(|verified| {
            let wrong = |finding: &Finding| {
                ["damaged", "recorded", "belong", "another", "read"]
                    .iter()
                    .any(|word| finding.problem.contains(word))
            };
            !verified.findings.iter().any(wrong)
        })
}

/// Ends a run at each of its steps, goes on with what `left` makes of the disk, and gives the number of steps.
fn at_every_step(
    begun: &Lossy,
    run: &dyn Fn(&Lossy) -> Result<(), JobError>,
    mut check: impl FnMut(u64, Lossy),
) -> u64 {
    for step in 0.. {
        let disk = begun.after_kill();
        disk.fail_after(step);
        match run(&disk) {
            Ok(()) => return step,
            Err(error) => assert!(error.is_retryable(), "step {step}: {error}"),
        }
        check(step, disk);
    }
    0
}

#[test]
fn a_kill_at_any_step() {
    let pictures = Pictures::new(&[4]);
    let expected = undisturbed(&pictures);
    let steps = at_every_step(
        &Lossy::default(),
        &|disk| run(disk, &pictures, Shard::WHOLE).map(|_| ()),
        |step, disk| {
            let disk = disk.after_kill();
            assert!(records_are_true(&disk), "step {step}");
            run(&disk, &pictures, Shard::WHOLE).unwrap();
            assert_eq!(parts(&disk), expected, "step {step}");
            assert!(disk.files(".partial").is_empty(), "step {step}");
        },
    );
    // 10 files of 5 steps each.
    assert!(steps > 50, "{steps} steps");
}

#[test]
fn a_loss_of_power_at_any_step() {
    let pictures = Pictures::new(&[4]);
    let expected = undisturbed(&pictures);
    at_every_step(&Lossy::default(), &|disk| run(disk, &pictures, Shard::WHOLE).map(|_| ()), |step, disk| {
        for seed in 0..4 {
            let disk = disk.after_power_loss(step * 100 + seed);
            assert!(records_are_true(&disk), "step {step}, seed {seed}");
            run(&disk, &pictures, Shard::WHOLE).unwrap();
            assert_eq!(parts(&disk), expected, "step {step}, seed {seed}");
        }
    });
}

/// The double does its work: without syncing the parts, a loss of power leaves records that are not true.
#[test]
fn without_syncs_losses_show() {
    let pictures = Pictures::new(&[]);
    let mut untrue = 0;
    at_every_step(
        &Lossy::careless(),
        &|disk| run(disk, &pictures, Shard::WHOLE).map(|_| ()),
        |step, disk| {
            for seed in 0..4 {
                untrue += u64::from(!records_are_true(&disk.after_power_loss(step * 100 + seed)));
            }
        },
    );
    assert!(untrue > 10, "{untrue}");
}

/// Failed rows are done again, only they, and the parts become those of a job in which nothing failed.
#[test]
fn mended_rows_are_done_again() {
    let pictures = Pictures::new(&[1, 4, 5, 10]);
    let disk = Lossy::default();
    let tally = run(&disk, &pictures, Shard::WHOLE).unwrap();
    assert_eq!((tally.rows, tally.failed, tally.reasons()), (11, 4, "not a picture: 4".to_string()));
    let before = parts(&disk);
    pictures.mend(1);
    pictures.mend(4);
    let claim = Claim::retry_bad(store(&disk), start(), Shard::WHOLE, &|| pictures.list()).unwrap();
    assert_eq!(claim.rows_to_do(), 4);
    let tally = work(claim, &pictures, None).unwrap();
    assert_eq!((tally.rows, tally.failed), (11, 2));
    let after = parts(&disk);
    let changed = before.iter().filter(|(path, bytes)| after[*path] != **bytes).count();
    assert_eq!(changed, 2, "the parts of rows 1 and 4");
    pictures.mend(5);
    pictures.mend(10);
    let expected = undisturbed(&pictures);
    let steps = at_every_step(&disk, &|disk| retry_bad(disk, &pictures).map(|_| ()), |step, disk| {
        for seed in 0..4 {
            let disk = disk.after_power_loss(step * 100 + seed);
            assert!(records_are_true(&disk), "step {step}, seed {seed}");
            run(&disk, &pictures, Shard::WHOLE).unwrap();
            assert_eq!(retry_bad(&disk, &pictures).unwrap().failed, 0);
            assert_eq!(parts(&disk), expected, "step {step}, seed {seed}");
        }
    });
    assert!(steps > 20, "{steps} steps");
}
