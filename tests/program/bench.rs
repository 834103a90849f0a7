//! `lightcnn bench` on the CPU: what it says of a run, not how fast that is.

use std::fs;
use std::path::Path;
use std::process::Output;
use test_support::program::{ends, text};

fn bench(arguments: &[&str]) -> Output {
    crate::lightcnn()
        .args(["bench", "demo", "--device", "cpu", "--seconds", "1"])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn rates_layers_and_roof_as_json() {
    let run = bench(&["--threads", "2", "--batch", "2", "--json"]);
    ends(&run, 0);
    let summary: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(summary["contract"]["backend"], "cpu");
    assert_eq!((&summary["batch"], &summary["stages"][0]["stage"]), (&2.into(), &"execute".into()));
    let cpu = &summary["cpu"];
    assert_eq!(cpu["kernels"], summary["contract"]["kernels"]);
    let rates = cpu["rates"].as_array().unwrap();
    let points: Vec<_> =
        rates.iter().map(|rate| (rate["threads"].as_u64(), rate["batch"].as_u64())).collect();
    let expected = [(1, 1), (1, 8), (1, 32), (2, 1), (2, 8), (2, 32)].map(|(t, b)| (Some(t), Some(b)));
    assert_eq!(points, expected);
    for rate in rates {
        let of = |percentile| rate["latency_ms"][percentile].as_f64().unwrap();
        assert!(rate["images_per_second"].as_f64().unwrap() > 0.0, "{rate}");
        assert!(of("p50") > 0.0 && of("p50") <= of("p90") && of("p90") <= of("p99"), "{rate}");
    }
    assert_eq!((&cpu["roof"]["threads"], &cpu["batch"]), (&2.into(), &2.into()));
    let layers = cpu["layers"].as_array().unwrap();
    assert_eq!((layers.len(), &layers[9]["kernel"]), (10, &"dense".into()));
    assert!(layers.iter().all(|layer| layer["gflops"].as_f64().unwrap() > 0.0), "{layers:?}");
}

#[test]
fn a_table_and_a_drawing() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("bench.svg");
    let run = bench(&["--threads", "1", "--batch", "1", "--plot", plot.to_str().unwrap()]);
    ends(&run, 0);
    let told = text(&run.stdout);
    for word in ["images/s", "p99 ms", "GFLOP/s of multiply-adds", "features.0.filter", "winograd"] {
        assert!(told.contains(word), "no {word} in {told}");
    }
    let drawing = fs::read_to_string(&plot).unwrap();
    assert!(drawing.starts_with("<svg") && drawing.ends_with("</svg>\n"), "{drawing}");
    assert!(drawing.contains("1 thread<") && drawing.contains("fc1.filter, dense"), "{drawing}");

    let nowhere = Path::new("/nonexistent/bench.svg").to_str().unwrap();
    let run = bench(&["--threads", "1", "--batch", "1", "--plot", nowhere]);
    assert!(ends(&run, 2).contains(nowhere));
}
