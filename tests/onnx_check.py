#!/usr/bin/env python3
"""Checks exported ONNX files: by the ONNX checker, and by onnxruntime against the golden features.

usage: onnx_check.py GOLDEN_DIR FILE.onnx...

The files must hold the seeded weights (seed 9001), as `cargo run --example export_onnx` writes them. The
network is read from a file's metadata. Needs onnx, onnxruntime and numpy. Exit code 1 if any file is wrong.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

# Float32 engines stay within 3e-5 of the float64 features, relative to the largest (golden README).
TOLERANCE = 3e-5
OPERATORS = {"Add", "AveragePool", "Conv", "Flatten", "Gemm", "Max", "MaxPool", "Split"}


def inputs(golden, network):
    gray = np.load(golden / "inputs_f32.npy")
    if network == "lightcnnv4":
        return np.concatenate([gray, np.roll(gray, -1, axis=0), np.roll(gray, -2, axis=0)], axis=1)
    return gray


def compare(what, found, expected):
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    cosine = (found * expected).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(expected, axis=1)
    print(f"  {what}: relative difference {difference:.1e}, smallest cosine {cosine.min():.11f}")
    assert difference <= TOLERANCE, f"{what} differ by {difference:.2e}, more than {TOLERANCE:.0e}"


def check(golden, path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    network = {entry.key: entry.value for entry in model.metadata_props}["network"]
    print(f"{path}: {network}")
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 11)], model.opset_import
    operators = {node.op_type for node in model.graph.node}
    assert operators <= OPERATORS, operators - OPERATORS
    names = [output.name for output in model.graph.output]
    assert names in (["feature"], ["logits", "feature"]), names

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    assert entry.name == "data", entry.name
    faces = inputs(golden, network)
    assert list(entry.shape[1:]) == list(faces.shape[1:]), entry.shape
    batches = [1, 3, 16] if entry.shape[0] == "N" else [entry.shape[0]]
    for batch in batches:
        rows = {name: [] for name in names}
        for start in range(0, len(faces), batch):
            part = faces[start : start + batch]
            padded = np.zeros((batch, *part.shape[1:]), np.float32)
            padded[: len(part)] = part
            for name, value in zip(names, session.run(names, {"data": padded})):
                rows[name].append(value[: len(part)])
        for name in names:
            golden_name = "features" if name == "feature" else "logits"
            expected = np.load(golden / f"{network}_{golden_name}_f64.npy")
            found = np.concatenate(rows[name]).astype(np.float64)
            assert found.shape == expected.shape, (found.shape, expected.shape)
            compare(f"{golden_name}, batch {batch}", found, expected)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    golden, failures = Path(sys.argv[1]), 0
    for path in map(Path, sys.argv[2:]):
        try:
            check(golden, path)
        except (AssertionError, onnx.checker.ValidationError) as error:
            print(f"{path}: WRONG: {error}")
            failures += 1
    print(f"{len(sys.argv) - 2 - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


main()
