//! Every row of the misuse table: the codes a program gets and what the report says about it.

use crate::support::Bench;
use std::os::unix::process::ExitStatusExt;

/// One case of `misuse.c`: settings, the codes it must print in order, and the rows reported as violations.
struct Case {
    row: u32,
    settings: &'static [(&'static str, &'static str)],
    codes: &'static [i64],
    violations: &'static [u64],
}

const fn case(row: u32, codes: &'static [i64], violations: &'static [u64]) -> Case {
    Case { row, settings: &[("DELAY_US", "20000")], codes, violations }
}

const HANG: &[(&str, &str)] = &[("FAULTS", "execute:1=hang")];
const HANG_SECOND: &[(&str, &str)] = &[("FAULTS", "execute:2=hang")];
const SMALL: &[(&str, &str)] = &[("MEMORY", "64M")];
const TINY: &[(&str, &str)] = &[("MEMORY", "64K")];
const OTHER_CHIP: &[(&str, &str)] = &[("SOC", "Ascend910B1")];

const CASES: &[Case] = &[
    case(1, &[0, 100_002, 0], &[]),
    case(2, &[0, 0, 100_000, 0, 100_002], &[]),
    case(3, &[0, 0, 100_037], &[]),
    case(4, &[100_037], &[4]),
    case(5, &[145_001, 145_001, 0, 0, 145_001], &[]),
    case(6, &[100_001, 100_001], &[6, 6]),
    case(7, &[107_001, 107_001], &[]),
    case(8, &[0, 507_007], &[]),
    case(9, &[107_002; 9], &[]),
    case(10, &[0, 0, 100_000, 107_000], &[]),
    case(11, &[0, 107_000], &[]),
    case(12, &[100_000; 3], &[]),
    case(13, &[0, 0, 107_017, 107_017, 107_017, 107_017], &[13, 13, 13, 13]),
    case(14, &[0, 107_003, 107_003, 107_003, 107_003, 0], &[]),
    case(15, &[107_000, 107_000, 0], &[]),
    Case { settings: HANG, ..case(16, &[0, 507_046, 0, 1, 0, 107_023], &[]) },
    Case { settings: HANG_SECOND, ..case(17, &[0; 5], &[]) },
    case(18, &[100_000, 100_000], &[]),
    Case { settings: SMALL, ..case(19, &[0, 207_001, 0, 0], &[]) },
    case(20, &[0, 100_000, 107_000, 107_000, 0, 107_000], &[20]),
    case(21, &[0, 0, 507_015], &[21]),
    case(22, &[0, 107_000], &[]),
    case(23, &[0, 100_000], &[]),
    case(24, &[0, 107_000, 107_000], &[24, 24]),
    case(25, &[0, 0, 0, 5], &[25]),
    case(26, &[0, 0, 0, 0], &[26]),
    case(27, &[0, 0], &[]),
    case(28, &[0, 0, 0, 0, 255, 0, 3], &[]),
    case(29, &[100_000, 145_002, 145_006, 145_006, 145_006], &[]),
    Case { settings: OTHER_CHIP, ..case(30, &[500_002, 0, 0], &[]) },
    case(31, &[0, 0, 0, 145_000, 145_000, 0, 0, 0, 0], &[]),
    Case { settings: TINY, ..case(32, &[245_000], &[]) },
    case(33, &[100_000, 0, 100_000, 0, 0, 0, 0], &[]),
    case(34, &[145_003, 145_003, 145_003, 145_003, 0, 145_003], &[]),
    case(35, &[100_000, 100_000, 0, -1, -1, 0], &[]),
    case(36, &[100_000, 0], &[]),
    case(37, &[100_000, 100_000, 0, 100_000], &[]),
    case(38, &[145_000, 145_000], &[]),
    case(39, &[0, 500_002, 0, 0, 0, 500_002], &[39]),
    case(40, &[0, 0], &[40]),
    case(41, &[0, 0, 507_015, 0, 0, 0, 507_015], &[41, 41]),
    case(42, &[0, 500_002], &[]),
    case(43, &[0, 0, 507_011, 0, 0, 0], &[43]),
    case(44, &[0, 107_004, 107_004], &[]),
    case(45, &[100_000, 145_013, 100_000, 145_012, 145_011, 0, 145_013], &[]),
    case(46, &[0, 0, 0, 0], &[46]),
    case(47, &[0, 0, 4], &[]),
    case(48, &[0, 107_037, 0, 0], &[48]),
    case(49, &[0, 100_000, 100_000, 0, 0, 100_000, 0, 100_000, 0, 100_000], &[49, 49, 49, 49, 49]),
    case(50, &[145_015], &[]),
    case(51, &[100_000, 107_015, 107_012, 0, 507_012, 0], &[]),
    case(52, &[0], &[]),
    case(53, &[0, 107_002, 107_017, 107_000], &[13]),
    case(54, &[507_899, 507_899, 507_899, 0], &[]),
    case(103, &[0, 0], &[28]),
    case(106, &[0, 0, 0, 0], &[51]),
];

fn bench() -> Bench {
    let bench = Bench::with_models();
    bench.build("misuse");
    let good = std::fs::read(bench.path("float.om")).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(bench.path(name), bytes).unwrap();
    write("short.om", &good[..100]);
    write("magic.om", &[b"X", &good[1..]].concat());
    write("long.om", &[&good[..], b"x"].concat());
    let mut chip = good.clone();
    chip[0x78..0x98].fill(0);
    write("chip.om", &chip);
    write("other.json", br#"{"err_msg_mode":"1"}"#);
    bench
}

#[test]
fn every_row_of_the_table() {
    let bench = bench();
    for case in CASES {
        let run = bench.run("misuse", &[&case.row.to_string()], case.settings);
        let text = run.text();
        let codes: Vec<i64> =
            text.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
        assert!(run.output.status.success(), "row {}: {}", case.row, run.all());
        assert_eq!(codes, case.codes, "row {}: {}", case.row, run.all());
        assert_eq!(run.rows(), case.violations, "row {}: {}", case.row, run.all());
    }
}

#[test]
fn messages_name_the_chips_and_are_read_once() {
    let run = bench().run("misuse", &["30"], OTHER_CHIP);
    let text = run.text();
    assert!(text.contains("supported socVersion=Ascend910B1") && text.contains("Ascend310P3"), "{text}");
    assert!(text.contains("consumed"), "{text}");
}

#[test]
fn models_for_real_chips_are_refused_in_plain_words() {
    let run = bench().run("misuse", &["104"], &[]);
    assert!(
        run.text().starts_with("500002 ") && run.text().contains("this library is an emulator"),
        "{}",
        run.all()
    );
}

#[test]
fn host_accesses_to_memory_that_is_not_its_own_fault() {
    let bench = bench();
    for row in ["100", "101", "102"] {
        let run = bench.run("misuse", &[row], &[]);
        assert_eq!(run.output.status.signal(), Some(libc::SIGSEGV), "case {row}: {}", run.all());
    }
}

#[test]
fn what_is_left_at_the_end_is_told() {
    let run = bench().run("misuse", &["52"], &[]);
    let mut leaks = run.leaks();
    leaks.sort();
    leaks.dedup();
    let kinds = ["data buffer", "dataset", "device", "device memory", "model", "model description", "stream"];
    assert_eq!(leaks, kinds, "{}", run.all());
    let run = bench().run("misuse", &["7"], &[]);
    assert_eq!(run.leaks(), ["process", "stream", "device"], "{}", run.all());
}

#[test]
fn a_stub_does_nothing() {
    let run = bench().run("misuse", &["105"], &[("STUB", "1")]);
    assert!(run.text().starts_with("100039 ") && run.text().contains("\n0 "), "{}", run.all());
}

#[test]
fn without_strictness_the_real_librarys_leniency_shows() {
    let bench = bench();
    for (row, codes) in [("4", &[0_i64][..]), ("6", &[0, 0]), ("24", &[0, 0, 107_000])] {
        let run = bench.run("misuse", &[row], &[("STRICT", "0")]);
        let text = run.text();
        let found: Vec<i64> =
            text.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
        assert_eq!(found, codes, "row {row}: {}", run.all());
    }
}
