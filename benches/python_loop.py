#!/usr/bin/env python3
"""`lightcnn extract` against the same work in Python, on the CPU, in one interleaved run.

    python3 -m venv venv && venv/bin/pip install opencv-python-headless onnxruntime numpy
    venv/bin/python benches/python_loop.py target/release/lightcnn FOLDER [--rounds 3] [--threads 2]

FOLDER holds the pictures. Three programs turn them into features of the demo model, eval preprocess:

- naive: for each picture `cv2.imread`, `cv2.resize`, one run of onnxruntime;
- tuned: worker processes that read, decode and resize, batches put together as they come, batched runs of onnxruntime;
- lightcnn: `lightcnn extract --device cpu`.

Each runs as a process of its own, its own start left out; the rate is that of all pictures by wall time. Rounds are
interleaved, medians are compared, and the features of all three are checked against each other.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# The best of 8, 16 and 32 for onnxruntime on two processors.
BATCH = 16


def face(path):
    """A picture as the official evaluation reads it: gray, 128x128, 0..1."""
    import cv2
    import numpy as np

    picture = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    if picture.shape != (128, 128):
        picture = cv2.resize(picture, (128, 128), interpolation=cv2.INTER_LINEAR)
    return picture.astype(np.float32)[None] / np.float32(255)


def faces(paths):
    """A batch, made by a worker. Its decoder has one thread, as the workers are many."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    return np.stack([face(path) for path in paths])


def session(onnx, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])


def naive(onnx, paths, threads):
    import numpy as np

    run = session(onnx, threads)
    name = run.get_inputs()[0].name
    started = time.perf_counter()
    rows = [run.run(None, {name: face(path)[None]})[0] for path in paths]
    return np.concatenate(rows), time.perf_counter() - started


def tuned(onnx, paths, threads):
    import numpy as np

    run = session(onnx, threads)
    name = run.get_inputs()[0].name
    batches = [paths[at : at + BATCH] for at in range(0, len(paths), BATCH)]
    with ProcessPoolExecutor(threads) as workers:
        # The workers have started and imported what they need.
        list(workers.map(faces, [paths[:1]] * (2 * threads)))
        started = time.perf_counter()
        rows = [run.run(None, {name: batch})[0] for batch in workers.map(faces, batches)]
        return np.concatenate(rows), time.perf_counter() - started


def child(loop, onnx, folder, threads, output):
    import numpy as np

    features, seconds = loop(onnx, pictures(folder), threads)
    np.save(output, features)
    print(json.dumps({"rows": len(features), "seconds": seconds}))


def pictures(folder):
    return sorted(str(path) for path in Path(folder).iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def measured(name, arguments, work):
    """The rate of one run, and its features."""
    import numpy as np

    output = work / f"{name}.npy"
    if name == "lightcnn":
        command = [arguments.program, "extract", arguments.folder, "--model", "demo", "--device", "cpu", "--json"]
        command += ["--force", "--quiet", "-j", str(arguments.threads), "-o", output]
    else:
        command = [sys.executable, __file__, arguments.program, arguments.folder, "--threads", str(arguments.threads)]
        command += ["--child", name, "--onnx", work / "demo.onnx", "--output", output]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    summary = json.loads(done.stdout.splitlines()[-1])
    return summary["rows"] / summary["seconds"], np.load(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the lightcnn program")
    parser.add_argument("folder", help="the pictures")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    for hidden in ("--child", "--onnx", "--output"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        loop = {"naive": naive, "tuned": tuned}[arguments.child]
        child(loop, arguments.onnx, arguments.folder, arguments.threads, arguments.output)
        return

    import numpy as np

    names = ["lightcnn", "naive", "tuned"]
    rates = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        subprocess.run([arguments.program, "export", "demo", "-o", work / "demo.onnx", "--quiet"], check=True)
        for turn in range(arguments.rounds):
            features = {}
            # Another one begins each round, so that none has the quietest place.
            for name in names[turn % 3 :] + names[: turn % 3]:
                rate, features[name] = measured(name, arguments, work)
                rates[name].append(rate)
                print(f"round {turn + 1}  {name:9} {rate:8.1f} images/s", flush=True)
            for name in ("naive", "tuned"):
                difference = np.abs(features[name] - features["lightcnn"]).max()
                scale = np.abs(features["lightcnn"]).max()
                assert difference < 1e-3 * scale, f"{name} differs by {difference} of {scale}"
    medians = {name: statistics.median(found) for name, found in rates.items()}
    print(f"{arguments.threads} threads, medians of {arguments.rounds} rounds:")
    for name in names:
        low, high = min(rates[name]), max(rates[name])
        print(f"  {name:9} {medians[name]:8.1f} images/s  ({low:.1f} to {high:.1f})")
    for name, wanted in (("naive", 2.0), ("tuned", 1.3)):
        ratio = medians["lightcnn"] / medians[name]
        print(f"  lightcnn / {name}: {ratio:.2f}  (wanted: {wanted})")


if __name__ == "__main__":
    main()
