//! What is wrong is refused, found, and named.

use super::*;
use crate::features;
use std::path::MAIN_SEPARATOR;

fn refusal(disk: &Lossy, pictures: &Pictures, start: Start, shard: Shard) -> String {
    let error = Claim::run(store(disk), start, shard, &|| pictures.list()).err().unwrap();
    assert!(!error.is_retryable(), "{error}");
    error.to_string()
}

#[test]
fn another_job_in_the_same_folder_is_refused_with_both_values() {
    let pictures = Pictures::new(&[]);
    let disk = Lossy::default();
    run(&disk, &pictures, Shard::WHOLE).unwrap();
    let with = |change: fn(&mut Start)| {
        let mut start = start();
        change(&mut start);
        start
    };
    for (start, shard, words) in [
        (with(|s| s.chunk = 4), Shard::WHOLE, "rows per chunk was 3 and is now 4"),
        (start(), shard(0, 2), "number of shards was 1 and is now 2"),
        (
            with(|s| s.contract.weights_sha256 = "11".into()),
            Shard::WHOLE,
            "weights_sha256 was 00 and is now 11",
        ),
        (
            with(|s| s.contract.preprocess = "center".into()),
            Shard::WHOLE,
            "preprocess was eval and is now center",
        ),
        (with(|s| s.contract.normalized = true), Shard::WHOLE, "normalized was false and is now true"),
        (with(|s| s.contract.kernels = "plain".into()), Shard::WHOLE, "kernels was pixels and is now plain"),
        (with(|s| s.landmarks_sha256 = Some("22".into())), Shard::WHOLE, "landmarks was none and is now 22"),
    ] {
        let said = refusal(&disk, &pictures, start, shard);
        assert!(said.contains(words), "{said}");
    }
    std::fs::remove_file(pictures.path(3)).unwrap();
    let said = refusal(&disk, &pictures, start(), Shard::WHOLE);
    // The first row that is done and is called otherwise now, by its name.
    let names =
        "listing of the inputs was 11 rows, row 3 FOLDER/03.pgm and is now 10 rows, row 3 FOLDER/04.pgm";
    let folder = pictures.path(3).parent().unwrap().display().to_string();
    assert!(said.contains(&names.replace("FOLDER", &folder)), "{said}");
    // The end of the list is gone, and then all of it is as it was.
    pictures.mend(3);
    std::fs::remove_file(pictures.path(10)).unwrap();
    let said = refusal(&disk, &pictures, start(), Shard::WHOLE);
    assert!(said.contains("10.pgm and is now 10 rows, row 10 not there"), "{said}");
    pictures.mend(10);
    run(&disk, &pictures, Shard::WHOLE).unwrap();
    // Nothing is done yet, so no name is known.
    let fresh = Lossy::default();
    drop(Claim::run(store(&fresh), start(), Shard::WHOLE, &|| pictures.list()).unwrap());
    std::fs::remove_file(pictures.path(3)).unwrap();
    let said = refusal(&fresh, &pictures, start(), Shard::WHOLE);
    assert!(said.contains("was 11 rows, SHA-256 ") && said.contains("now 10 rows, SHA-256 "), "{said}");
}

/// A listing that is not the same when it is read the second time.
#[test]
fn inputs_that_change_under_way_are_refused() {
    let pictures = Pictures::new(&[]);
    for (row, make) in [(3, false), (10, false), (99, true)] {
        let claim = Claim::run(store(&Lossy::default()), start(), Shard::WHOLE, &|| pictures.list()).unwrap();
        match make {
            true => pictures.mend(row),
            false => std::fs::remove_file(pictures.path(row)).unwrap(),
        }
        let error = work(claim, &pictures, None).unwrap_err();
        assert!(matches!(error, JobError::Moved { .. }), "{row}: {error}");
        match make {
            true => std::fs::remove_file(pictures.path(row)).unwrap(),
            false => pictures.mend(row),
        }
    }
}

#[test]
fn too_many_bad_rows_stop_the_job() {
    let pictures = Pictures::new(&[0, 1, 7]);
    let disk = Lossy::default();
    let run = |max: &str| {
        let claim = Claim::run(store(&disk), start(), Shard::WHOLE, &|| pictures.list()).unwrap();
        work(claim, &pictures, Some(max.parse().unwrap()))
    };
    let error = run("10%").unwrap_err();
    assert!(!error.is_retryable());
    assert!(
        error.to_string().contains("2 of 11 rows failed, more than the 1 allowed (not a picture: 2)"),
        "{error}"
    );
    assert_eq!(parts(&disk).len(), 1);
    // It stays so until more may fail.
    assert!(run("1").is_err());
    assert_eq!(run("3").unwrap().failed, 3);
}

#[test]
fn every_spoilt_part_is_found() {
    let pictures = Pictures::new(&[4]);
    let disk = Lossy::default();
    run(&disk, &pictures, shard(0, 2)).unwrap();
    run(&disk, &pictures, shard(1, 2)).unwrap();
    let verified = verify(&*store(&disk)).unwrap();
    assert_eq!((verified.rows, verified.findings.len()), (11, 0), "{:?}", verified.findings);
    let whole = parts(&disk);
    let other = {
        let disk = Lossy::default();
        let pictures = Pictures::new(&[]);
        run(&disk, &pictures, shard(0, 2)).unwrap();
        run(&disk, &pictures, shard(1, 2)).unwrap();
        disk
    };
    let found = |disk: &Lossy| {
        let findings = verify(&*store(disk)).unwrap().findings;
        findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (path, bytes) in &whole {
        let name = path.to_string_lossy().rsplit_once(MAIN_SEPARATOR).unwrap().1.to_string();
        for at in [4, bytes.len() / 2, bytes.len() - 9] {
            let disk = disk.after_kill();
            disk.spoil(path, |bytes| {
                bytes[at] ^= 1;
                true
            });
            let found = found(&disk);
            assert!(
                matches!(&found[..], [one] if one.contains(&name) && one.contains("damaged")),
                "{found:?}"
            );
            let merged = merge_to(&disk).unwrap_err();
            assert!(matches!(merged, JobError::Damaged { .. }), "{merged}");
        }
        let gone = disk.after_kill();
        gone.spoil(path, |_| false);
        let missing = found(&gone);
        assert!(
            matches!(&missing[..], [one] if one.contains(&name) && one.contains("not there")),
            "{missing:?}"
        );
        // The next run makes it anew.
        run(&gone, &pictures, shard(0, 2)).unwrap();
        run(&gone, &pictures, shard(1, 2)).unwrap();
        assert_eq!(parts(&gone), whole);
    }
    // A part of another job in place of one's own, alone and with its record; a part too many.
    let (path, foreign) = parts(&other).into_iter().find(|(path, _)| whole.contains_key(path)).unwrap();
    let mixed = disk.after_kill();
    mixed.spoil(&path, |bytes| {
        bytes.clone_from(&foreign);
        true
    });
    assert!(found(&mixed)[0].contains("damaged"), "{:?}", found(&mixed));
    let record = path.with_extension("json");
    mixed.spoil(&record, |bytes| {
        *bytes = other.files(".json")[&record].clone();
        true
    });
    assert!(found(&mixed)[0].contains("part of another job"), "{:?}", found(&mixed));
    let store = store(&disk);
    store.put("shard-00-of-02/part-00077.parquet", &foreign).unwrap();
    store.put("notes.txt", b"").unwrap();
    let foreign = found(&disk);
    assert_eq!(foreign.len(), 2, "{foreign:?}");
    assert!(foreign.iter().all(|one| one.contains("does not belong")), "{foreign:?}");
}

fn merge_to(disk: &Lossy) -> Result<Vec<u8>, JobError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merged.jsonl");
    let mut sink = features::create(&path, &contract(), false).unwrap();
    merge(&store(disk), &mut *sink)?;
    Ok(std::fs::read(path).unwrap())
}

#[test]
fn merging_waits_for_every_shard() {
    let pictures = Pictures::new(&[4]);
    let whole = Lossy::default();
    run(&whole, &pictures, Shard::WHOLE).unwrap();
    let whole = merge_to(&whole).unwrap();
    assert_eq!(whole.iter().filter(|byte| **byte == b'\n').count(), 11);
    let disk = Lossy::default();
    for index in [2, 0, 1] {
        if index != 2 {
            let error = merge_to(&disk).unwrap_err().to_string();
            assert!(error.contains("shard 1/3 was not begun"), "{error}");
        }
        run(&disk, &pictures, shard(index, 3)).unwrap();
    }
    assert_eq!(merge_to(&disk).unwrap(), whole);
    let status = Status::of(&*store(&disk)).unwrap();
    assert!(status.is_finished());
    assert_eq!((status.tally().rows, status.tally().failed), (11, 1));
    let record = disk.files(".json").into_keys().find(|path| path.ends_with("part-00000.json")).unwrap();
    disk.spoil(&record, |_| false);
    let error = merge_to(&disk).unwrap_err().to_string();
    assert!(error.contains("chunks"), "{error}");
    assert!(!Status::of(&*store(&disk)).unwrap().is_finished());
}

/// On the real file system: two processes are two claims.
#[test]
fn a_shard_is_taken_once() {
    let pictures = Pictures::new(&[]);
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Local::new(&folder.path().join("a/job")));
    let claim = |shard| Claim::run(Arc::clone(&store), start(), shard, &|| pictures.list());
    let first = claim(shard(0, 2)).unwrap();
    let error = claim(shard(0, 2)).err().unwrap();
    assert!(error.is_retryable());
    let said = error.to_string();
    assert!(
        said.contains("shard 0/2 is being done by process") && said.contains(&std::process::id().to_string()),
        "{said}"
    );
    assert!(claim(shard(1, 2)).is_ok());
    work(first, &pictures, None).unwrap();
    assert!(claim(shard(0, 2)).unwrap().is_finished());
}
