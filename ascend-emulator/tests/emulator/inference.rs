//! A C program does the usual inference flow on the emulator, and the numbers are right.

use crate::support::{Bench, CLASSES, FEATURE, Run, expected, pixels};
use ascendcl_emulated::timing;
use half::f16;
use std::fs;

/// Largest difference from the test's own arithmetic: sums of 16 products near 1, in another order.
const FLOAT_TOLERANCE: f32 = 1e-5;
/// As above where pixels went through AIPP's 16-bit arithmetic (error up to 2.6e-4 per pixel, 144 of them).
const HALF_TOLERANCE: f32 = 2e-2;

fn write_floats(bench: &Bench, count: usize) {
    let values = (0..count).flat_map(pixels).flat_map(|p| (f32::from(p) / 255.0).to_le_bytes());
    fs::write(bench.path("in"), values.collect::<Vec<u8>>()).unwrap();
}

fn write_pixels(bench: &Bench, count: usize) {
    fs::write(bench.path("in"), (0..count).flat_map(pixels).collect::<Vec<u8>>()).unwrap();
}

fn infer(bench: &Bench, model: &str, way: &str, batch: usize, settings: &[(&str, &str)]) -> Run {
    let run = bench.run("inference", &[model, "in", "out", way, &batch.to_string()], settings);
    assert!(run.output.status.success(), "{way} {batch}: {}", run.all());
    assert!(run.rows().is_empty() && run.leaks().is_empty(), "{}", run.all());
    run
}

/// Logits and features per image from the output file.
fn rows(bench: &Bench, count: usize, batch: usize) -> Vec<(Vec<f32>, Vec<f32>)> {
    let bytes = fs::read(bench.path("out")).unwrap();
    let values: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let per_batch = batch * (CLASSES + FEATURE);
    assert_eq!(values.len(), count.div_ceil(batch) * per_batch);
    (0..count)
        .map(|image| {
            let (chunk, row) = (&values[image / batch * per_batch..][..per_batch], image % batch);
            let (logits, features) = chunk.split_at(batch * CLASSES);
            (logits[row * CLASSES..][..CLASSES].to_vec(), features[row * FEATURE..][..FEATURE].to_vec())
        })
        .collect()
}

fn assert_right(bench: &Bench, count: usize, batch: usize, tolerance: f32) {
    for (index, (logits, feature)) in rows(bench, count, batch).into_iter().enumerate() {
        let image: Vec<f32> = pixels(index).into_iter().map(|p| f32::from(p) / 255.0).collect();
        let wanted = expected(&image);
        for (got, want) in logits.iter().chain(&feature).zip(wanted.0.iter().chain(&wanted.1)) {
            assert!((got - want).abs() <= tolerance, "image {index}: {got} instead of {want}");
        }
    }
}

#[test]
fn float_models_compute_right_in_every_way() {
    let bench = Bench::with_models();
    bench.build("inference");
    write_floats(&bench, 7);
    for way in ["sync", "async", "callback"] {
        for batch in [1, 2, 4] {
            infer(&bench, "float.om", way, batch, &[("DEVICES", "2"), ("DELAY_US", "2000")]);
            assert_right(&bench, 7, batch, FLOAT_TOLERANCE);
        }
        let run = infer(&bench, "fixed.om", way, 2, &[]);
        assert_right(&bench, 7, 2, FLOAT_TOLERANCE);
        assert!(
            run.text().contains("input 0 data type 0 format 0 size 128 dims 2 1 4 4\n"),
            "{}",
            run.text()
        );
    }
}

#[test]
fn gray_models_take_pixels() {
    let bench = Bench::with_models();
    bench.build("inference");
    write_pixels(&bench, 5);
    for (way, batch) in [("sync", 1), ("async", 4), ("callback", 2)] {
        let run = infer(&bench, "gray.om", way, batch, &[]);
        assert_right(&bench, 5, batch, HALF_TOLERANCE);
        let text = run.text();
        assert!(text.contains("input 0 data type 4 format 1 size 64 dims -1 4 4 1\n"), "{text}");
        assert!(text.contains("input 1 ascend_mbatch_shape_data type 3 format 2 size 4 dims 1\n"), "{text}");
        assert!(text.contains("output 1 PartitionedCall_Gemm_feature_1:0:feature type 0 size 48 dims 4 3\n"));
        assert!(text.contains("gears 3 aipp 1 runmode 1 soc Ascend310P3"), "{text}");
    }
}

#[test]
fn the_soc_as_host_shares_its_memory() {
    let bench = Bench::with_models();
    bench.build("inference");
    write_floats(&bench, 3);
    let run = infer(&bench, "float.om", "async", 2, &[("RUN_MODE", "device")]);
    assert_right(&bench, 3, 2, FLOAT_TOLERANCE);
    assert!(run.text().contains("runmode 0"), "{}", run.text());
}

#[test]
fn half_precision_shows() {
    let bench = Bench::with_models();
    bench.build("inference");
    write_floats(&bench, 2);
    infer(&bench, "float.om", "async", 2, &[("FP16", "1")]);
    assert_right(&bench, 2, 2, HALF_TOLERANCE);
    for (logits, feature) in rows(&bench, 2, 2) {
        let exact = logits.iter().chain(&feature).all(|v| f16::from_f32(*v).to_f32() == *v);
        assert!(exact, "{feature:?} are no 16-bit values");
    }
}

#[test]
fn half_outputs_and_inputs_are_converted() {
    let bench = Bench::new();
    bench.onnx("net.onnx", Some(1));
    bench.compile("half", &["--output_type=FP16", "--input_fp16_nodes=data", "--out_nodes=Gemm_feature:0"]);
    bench.build("inference");
    let image: Vec<f32> = pixels(3).into_iter().map(|p| f32::from(p) / 255.0).collect();
    let halves: Vec<u8> = image.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
    fs::write(bench.path("in"), halves).unwrap();
    let run = infer(&bench, "half.om", "async", 1, &[]);
    assert!(run.text().contains("output 0 PartitionedCall_Gemm_feature_0:0:feature type 1 size 6 dims 1 3"));
    let out = fs::read(bench.path("out")).unwrap();
    let got: Vec<f32> = out.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect();
    for (got, want) in got.iter().zip(expected(&image).1) {
        assert!((got - want).abs() <= HALF_TOLERANCE, "{got} instead of {want}");
    }
    assert_eq!(got.len(), FEATURE);
}

#[test]
fn timing_mode_outputs_the_hash_of_each_sample_and_takes_its_time() {
    let bench = Bench::with_models();
    bench.build("inference");
    write_pixels(&bench, 6);
    let start = std::time::Instant::now();
    let run = infer(&bench, "gray.om", "async", 2, &[("TIMING", "execute=2:30,4:50;launch=100")]);
    assert!(start.elapsed().as_millis() >= 3 * 30, "{:?}", start.elapsed());
    assert_eq!(run.report["batch_sizes"]["2"], 3);
    for (index, (logits, feature)) in rows(&bench, 6, 2).into_iter().enumerate() {
        let h = timing::hash(&pixels(index));
        let want: Vec<f32> = (0..CLASSES).map(|k| timing::value(h, 0, k)).collect();
        assert_eq!(logits, want, "image {index}");
        let want: Vec<f32> = (0..FEATURE).map(|k| timing::value(h, 1, k)).collect();
        assert_eq!(feature, want, "image {index}");
    }
}
