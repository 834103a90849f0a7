"""Makes the MAT-files beside it, with scipy: `python tests/mat/make.py`."""
import pathlib

import numpy as np
import scipy.io

folder = pathlib.Path(__file__).parent


def cells(items):
    array = np.empty((len(items), 1), object)
    for at, item in enumerate(items):
        array[at, 0] = item
    return array


# Persons 1..8 with three images each, in one list; two trials.
labels = np.repeat(np.arange(1, 9), 3)
names = [f"P{label}_{at % 3 + 1:04}.jpg" for at, label in enumerate(labels)]
trials = []
for first in (0, 2):
    test = np.arange(3 * first, 3 * first + 18)
    gallery = test[:9:3]
    trials.append((test, gallery, np.setdiff1d(test, gallery)))
index = [cells([(np.array(trial[part]) + 1).astype(np.uint16).reshape(-1, 1) for trial in trials]) for part in range(3)]
config = {"imageList": cells(names), "labels": labels.reshape(-1, 1).astype(float),
          "testIndex": index[0], "galIndex": index[1], "probIndex": index[2]}
scipy.io.savemat(folder / "config.mat", config, do_compression=True)

# Twenty pairs of one person and of two, into the same list.
one = [[3 * p + 1, 3 * p + 2] for p in range(8)] + [[3 * p + 1, 3 * p + 3] for p in range(8)] + [[3 * p + 2, 3 * p + 3] for p in range(4)]
two = [[3 * p + 1, 3 * ((p + q) % 8) + 2] for q in (1, 2, 3) for p in range(8)][:20]
scipy.io.savemat(folder / "pairs.mat", {"pos_pair": np.array(one, np.uint16).T, "neg_pair": np.array(two, np.uint16).T})

# A direction for each person, and a small step off it for each image; all of it exact in float32.
features = np.zeros((24, 16))
features[np.arange(24), labels - 1] = 4
features[np.arange(24), 8 + np.arange(24) % 3] = np.tile([1, 0, 2], 8)
scipy.io.savemat(folder / "features.mat", {"Descriptors": features.astype(np.float32)}, do_compression=True)

# One of every kind.
everything = {
    "double": np.array([[1.5, -2.0], [3.0, 4.0]]), "int8": np.array([[-1, 2, 3]], np.int8), "text": "grüße",
    "lines": np.array(["ab", "cd"]), "cells": cells([np.array([[1.0]]), "x"]), "record": {"a": 1.0, "b": "two"},
    "truth": np.array([[True, False]]), "complex": np.array([[1 + 2j]]), "empty": np.zeros((0, 3)),
    "large": np.array([[2**40]], np.int64),
}
scipy.io.savemat(folder / "everything.mat", everything)
scipy.io.savemat(folder / "everything_compressed.mat", everything, do_compression=True)
