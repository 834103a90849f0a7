"""Holds `lightcnn eval` against the official formulas, written with numpy and scikit-learn.

    pip install numpy scipy scikit-learn
    python tests/eval_reference.py target/release/lightcnn ../shared

Every figure, ROC point, threshold and rate must be equal to 1e-12: on real embeddings, and on random scores and
features with heavy ties. Nothing here comes from lightcnn but its answers.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import scipy.io
from sklearn.metrics import roc_curve

program = pathlib.Path(sys.argv[1]).resolve()
shared = pathlib.Path(sys.argv[2]).resolve()
TOLERANCE = 1e-12
compared = 0


def ask(*words):
    run = subprocess.run([program, "eval", *map(str, words), "--json", "-q"], capture_output=True, text=True)
    assert run.returncode == 0, (words, run.stderr)
    return json.loads(run.stdout)["evaluations"]


def close(name, found, expected):
    global compared
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.size and found.shape == expected.shape, (name, found.shape, expected.shape)
    error = np.max(np.abs(found - expected), initial=0)
    assert error <= TOLERANCE, f"{name}: off by {error}\n{found}\n{expected}"
    compared += found.size


def metrics(evaluation):
    return {(m["name"], m["definition"]): m["value"] for m in evaluation["metrics"]}


def cosine(features, pairs):
    left, right = features[pairs[:, 0]].astype(float), features[pairs[:, 1]].astype(float)
    return np.sum(left * right, axis=1) / (np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1))


# LFW: `eval_lfw.py` of the MindSpore model; VLFeat's `vl_roc.m`; LFW's ten folds.

RATES = {"TPR@FAR=1%": 0.01, "TPR@FAR=0.1%": 0.001, "TPR@FAR=0": 0.0}


def model_card(scores, same):
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=True)
    figures = {"100%-EER": tpr[np.where(tpr - (1 - fpr) >= 0)[0][0]]}
    return figures | {name: tpr[np.where(fpr <= far)[0][-1]] for name, far in RATES.items()}


def every_threshold(scores, same):
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=False)
    return {name: tpr[np.where(fpr <= far)[0][-1]] for name, far in RATES.items()}


def interpolated(scores, same):
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=False)
    above = tpr + fpr - 1
    at = np.where(above >= 0)[0][0]
    share = -above[at - 1] / (above[at] - above[at - 1])
    return tpr[at - 1] + share * (tpr[at] - tpr[at - 1])


def vl_roc(scores, same):
    # Pairs of one person come first in the list, and MATLAB's sort is stable.
    order = np.concatenate([np.where(same)[0], np.where(~same)[0]])
    order = order[np.argsort(-scores[order], kind="stable")]
    tpr = np.concatenate([[0], np.cumsum(same[order])]) / np.sum(same)
    tnr = 1 - np.concatenate([[0], np.cumsum(~same[order])]) / np.sum(~same)
    figures = {}
    s = np.where(tnr > tpr)[0][-1]
    if s + 1 < len(tpr):
        eer = 1 - tpr[s] if tpr[s] == tpr[s + 1] else 1 - tnr[s]
        figures["100%-EER"] = 1 - eer
    for name, least in {"TPR@FAR=1%": 0.99, "TPR@FAR=0.1%": 0.999, "TPR@FAR=0": 1}.items():
        s = np.where(tnr >= least)[0][-1]
        if s + 1 < len(tpr) and (least != 0.999 or np.sum(~same) >= 3000):
            figures[name] = tpr[s]
    return figures


def accuracies(scores, same, folds):
    result = []
    for fold in range(folds.max() + 1):
        train, test = folds != fold, folds == fold
        candidates = np.concatenate([[np.inf], np.unique(scores[train])[::-1]])
        right = [np.sum((scores[train] >= t) == same[train]) for t in candidates]
        threshold = candidates[int(np.argmax(right))]
        result.append(np.mean((scores[test] >= threshold) == same[test]))
    return np.array(result)


def check_pairs(name, evaluation, scores, same, folds):
    found = metrics(evaluation)
    expected = {(metric, "model-card"): value for metric, value in model_card(scores, same).items()}
    expected |= {(metric, "every-threshold"): value for metric, value in every_threshold(scores, same).items()}
    expected |= {(metric, "authors"): value for metric, value in vl_roc(scores, same).items()}
    expected["100%-EER", "interpolated"] = interpolated(scores, same)
    if folds is not None:
        each = accuracies(scores, same, folds)
        close(f"{name} folds", [fold["accuracy"] for fold in evaluation["folds"]], each)
        expected["accuracy", "lfw"] = np.mean(each)
        expected["accuracy, standard deviation", "lfw"] = np.std(each, ddof=1)
        expected["accuracy, standard error", "lfw"] = np.std(each, ddof=1) / np.sqrt(len(each))
    assert found.keys() == expected.keys(), (name, found.keys() ^ expected.keys())
    for key, value in expected.items():
        close(f"{name} {key}", found[key], value)
    fpr, tpr, thresholds = roc_curve(same, scores, drop_intermediate=True)
    close(f"{name} roc far", [p["far"] for p in evaluation["roc"]], fpr)
    close(f"{name} roc tpr", [p["tpr"] for p in evaluation["roc"]], tpr)
    close(f"{name} roc thresholds", [p["threshold"] for p in evaluation["roc"][1:]], thresholds[1:])
    for point in evaluation["operating_points"]:
        # The threshold is a score as lightcnn sums it up; numpy's may be a rounding below.
        accepted = scores >= point["threshold"] - TOLERANCE
        assert np.mean(accepted[~same]) <= point["far"]
        close(f"{name} operating point", point["tpr"], np.mean(accepted[same]))
        close(f"{name} false accepts", point["false_accepts"], np.sum(accepted[~same]))
    assert sum(evaluation["genuine_scores"]["counts"]) == np.sum(same)
    assert sum(evaluation["impostor_scores"]["counts"]) == np.sum(~same)


# The bootstrap: SplitMix64, persons drawn with replacement.

MASK = (1 << 64) - 1


class SplitMix:
    def __init__(self, state):
        self.state = state & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


def draw(seed, number, persons):
    generator = SplitMix(SplitMix(seed ^ (number << 32)).next())
    counts = np.zeros(persons, int)
    for _ in range(persons):
        counts[(generator.next() * persons) >> 64] += 1
    return counts


def check_intervals(name, evaluation, scores, same, persons, folds, resamples, level):
    replicas = []
    for number in range(resamples):
        counts = draw(7, number, int(persons.max()) + 1)
        weight = np.where(persons[:, 0] == persons[:, 1], counts[persons[:, 0]],
                          counts[persons[:, 0]] * counts[persons[:, 1]])
        often = np.repeat(np.arange(len(scores)), weight)
        card = model_card(scores[often], same[often])
        replicas.append([*card.values(), np.mean(accuracies(scores[often], same[often], folds[often]))])
    low, high = np.quantile(replicas, [(1 - level) / 2, 1 - (1 - level) / 2], axis=0)
    intervals = [m["interval"] for m in evaluation["metrics"] if m["interval"]]
    close(f"{name} lower ends", [i["low"] for i in intervals], low)
    close(f"{name} upper ends", [i["high"] for i in intervals], high)


# BLUFR: `EvalROC.m`, `OpenSetROC.m` and `demo_pca.m` of the toolkit, and `eval_blufr.py` of the MindSpore model.

VERIFICATION_RATES = np.array([0] + [n / 10**d for d in range(8, 0, -1) for n in range(1, 10)] + [1])
IDENTIFICATION_RATES = np.array([0] + [n / 10**d for d in range(4, 0, -1) for n in range(1, 10)] + [1])
RANKS = np.array([*range(1, 10), *range(10, 101, 10)])
ROUND = {"blufr": lambda x: np.floor(x + 0.5), "model-card": np.round}


def thresholds_of(genuine, impostors, alarms):
    impostors = np.sort(impostors)[::-1]
    thresholds = np.zeros(len(alarms))
    for at, count in enumerate(alarms.astype(int)):
        if count == 0:
            higher = genuine[genuine > impostors[0]]
            above = impostors[0] + np.sqrt(np.finfo(float).eps)
            thresholds[at] = (impostors[0] + np.min(higher)) / 2 if higher.size else above
        elif count == len(impostors):
            thresholds[at] = -np.inf
        else:
            thresholds[at] = impostors[count - 1]
    return thresholds


def eval_roc(score, labels, convention):
    low = np.tril_indices(len(labels), k=-1)
    same = (labels[:, None] == labels[None, :])[low]
    genuine, impostors = score[low][same], score[low][~same]
    alarms = ROUND[convention](VERIFICATION_RATES * len(impostors))
    thresholds = thresholds_of(genuine, impostors, alarms)
    return np.array([np.mean(genuine >= t) for t in thresholds]), alarms / len(impostors), thresholds


def open_set_roc(score, gallery, probes, convention):
    match = gallery[:, None] == probes[None, :]
    known = np.any(match, axis=0)
    impostors = np.max(score[:, ~known], axis=0)
    s, m = score[:, known], match[:, known]
    best = np.where(m, s, -np.inf)
    genuine, matched = np.max(best, axis=0), np.argmax(best, axis=0)
    if convention == "blufr":
        order = np.argsort(-s, axis=0, kind="stable")
        ranks = np.argmax(order == matched, axis=0) + 1
    else:
        # The port: sorted upwards and turned round, ranks from 0.
        order = np.flipud(np.argsort(s, axis=0, kind="stable"))
        ranks = np.argmax(order == matched, axis=0)
    alarms = ROUND[convention](IDENTIFICATION_RATES * len(impostors))
    thresholds = thresholds_of(genuine, impostors, alarms)
    return np.array([[np.mean((genuine >= t) & (ranks <= r)) for t in thresholds] for r in RANKS])


def check_blufr(name, evaluation, features, labels, trials):
    unit = features.astype(float) / np.linalg.norm(features.astype(float), axis=1, keepdims=True)
    vr_at, dir_at = list(VERIFICATION_RATES).index(0.001), list(IDENTIFICATION_RATES).index(0.01)
    vr = {"blufr": [], "model-card": []}
    rates = {"blufr": [], "model-card": []}
    for trial, (test, gallery, probes) in zip(evaluation["trials"], trials, strict=True):
        score = unit[test] @ unit[test].T
        for convention in vr:
            rate, far, thresholds = eval_roc(score, labels[test], convention)
            vr[convention].append(rate)
            of = unit[gallery] @ unit[probes].T
            rates[convention].append(open_set_roc(of, labels[gallery], labels[probes], convention))
            if convention == "blufr":
                finite = np.isfinite(thresholds)
                points = trial["verification"]
                close(f"{name} far", [p["far"] for p in points], far)
                close(f"{name} vr", [p["tpr"] for p in points], rate)
                given = [p["threshold"] for p, is_finite in zip(points, finite, strict=True) if is_finite]
                close(f"{name} thresholds", given, thresholds[finite])
        close(f"{name} dir", trial["dir"], rates["blufr"][-1][0][dir_at])
        close(f"{name} dir of the port", trial["dir_model_card"], rates["model-card"][-1][0][dir_at])
        close(f"{name} counts", [trial["genuine_probes"], trial["impostor_probes"]],
              [np.sum(np.isin(labels[probes], labels[gallery])), np.sum(~np.isin(labels[probes], labels[gallery]))])
    close(f"{name} dir curve", evaluation["identification"]["mean"], np.mean(rates["blufr"], axis=0))
    close(f"{name} dir deviation", evaluation["identification"]["deviation"], np.std(rates["blufr"], axis=0, ddof=1))
    close(f"{name} mean vr", [p["tpr"] for p in evaluation["roc"]], np.mean(vr["blufr"], axis=0))
    found = metrics(evaluation)
    for convention, ddof in [("blufr", 1), ("model-card", 0)]:
        of_vr = np.array(vr[convention])[:, vr_at]
        of_dir = np.array(rates[convention])[:, 0, dir_at]
        close(f"{name} VR {convention}", found["VR@FAR=0.1%", convention], np.mean(of_vr) - np.std(of_vr, ddof=ddof))
        close(f"{name} DIR {convention}", found["DIR@FAR=1%", convention], np.mean(of_dir) - np.std(of_dir, ddof=ddof))


def save_config(path, labels, trials):
    def cells(lists):
        array = np.empty((len(lists), 1), object)
        for at, item in enumerate(lists):
            array[at, 0] = item
        return array
    test, gallery, probes = zip(*trials)
    index = lambda lists: cells([(np.asarray(item) + 1).astype(np.uint16).reshape(-1, 1) for item in lists])
    scipy.io.savemat(path, {
        "imageList": cells([f"P{label:04}_{at:04}.jpg" for at, label in enumerate(labels)]),
        "labels": labels.reshape(-1, 1).astype(float),
        "testIndex": index(test), "galIndex": index(gallery), "probIndex": index(probes),
    }, do_compression=True)


def random_trials(rng, labels, count):
    trials = []
    for _ in range(count):
        persons = rng.permutation(np.unique(labels))
        tested = persons[: max(8, len(persons) * 2 // 3)]
        test = rng.permutation(np.where(np.isin(labels, tested))[0])
        gallery = []
        for person in tested[: len(tested) // 2]:
            own = rng.permutation(test[labels[test] == person])
            gallery.extend(own[:1] if len(own) < 4 else own[:2])
        gallery = rng.permutation(np.array(gallery))
        trials.append((test, gallery, np.setdiff1d(test, gallery)))
    return trials


with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary)
    rng = np.random.default_rng(20261125)

    # Real embeddings: the development subset of LFW.
    data, subset = shared / "data/lfw-dev-embeddings", shared / "data/lfw-dev-subset"
    features = np.load(data / "lfw_dev_dlib128.npy")
    pairs = scipy.io.loadmat(subset / "dev_pairs.mat")
    rows = np.concatenate([pairs["pos_pair"].T, pairs["neg_pair"].T]).astype(int) - 1
    same = np.repeat([True, False], [pairs["pos_pair"].shape[1], pairs["neg_pair"].shape[1]])
    folds = np.tile(np.repeat(np.arange(10), pairs["pos_pair"].shape[1] // 10), 2)
    scores = cosine(features, rows)
    images = [line.split() for line in (subset / "image_list_for_lfw.txt").read_text().splitlines()]
    order, persons = {}, []
    for left, right in rows:
        persons.append([order.setdefault(images[row][0].split("/")[0], len(order)) for row in (left, right)])
    npy, mat = data / "lfw_dev_dlib128.npy", data / "lfw_dev_dlib128.mat"
    words = ["--pairs", subset / "dev_pairs.mat", "--list", subset / "image_list_for_lfw.txt"]
    both = ask("lfw", "--features", npy, "--features", mat, *words, "--bootstrap", 60, "--seed", 7, "--level", "90%")
    for evaluation in both:
        check_pairs("dev", evaluation, scores, same, folds)
        check_intervals("dev", evaluation, scores, same, np.array(persons), folds, 60, 0.9)
    config = scipy.io.loadmat(subset / "dev_blufr_config.mat")
    labels = config["labels"].ravel().astype(int)
    trials = [tuple(config[name][t, 0].ravel().astype(int) - 1 for name in ("testIndex", "galIndex", "probIndex"))
              for t in range(len(config["testIndex"]))]
    [found] = ask("blufr", "--features", npy, "--config", subset / "dev_blufr_config.mat")
    check_blufr("dev", found, features, labels, trials)
    print(f"lfw-dev-embeddings: {compared} values equal")

    # FaceNet's embeddings of LFW, in pairs and trials drawn here.
    facenet = np.fromfile(shared / "data/lfw-facenet128/LFW_tensor.bytes", "<f4").reshape(-1, 128)
    names = (shared / "data/lfw-facenet128/LFW_labels.tsv").read_text().splitlines()
    labels = np.unique(names, return_inverse=True)[1] + 1
    np.save(folder / "facenet.npy", facenet)
    one, two = np.triu_indices(len(labels), k=1)
    is_same = labels[one] == labels[two]
    chosen = np.concatenate([rng.choice(np.where(is_same)[0], 3000, replace=False),
                             rng.choice(np.where(~is_same)[0], 3000, replace=False)])
    rows = np.stack([one[chosen], two[chosen]], axis=1)
    same = is_same[chosen]
    scipy.io.savemat(folder / "facenet_pairs.mat", {"pos_pair": rows[same].T + 1, "neg_pair": rows[~same].T + 1.0})
    folds = np.tile(np.repeat(np.arange(10), 300), 2)
    [found] = ask("lfw", "--features", folder / "facenet.npy", "--pairs", folder / "facenet_pairs.mat", "--bootstrap", 0)
    check_pairs("facenet", found, cosine(facenet, rows), same, folds)
    trials = random_trials(rng, labels, 3)
    save_config(folder / "facenet_config.mat", labels, trials)
    [found] = ask("blufr", "--features", folder / "facenet.npy", "--config", folder / "facenet_config.mat", "--bootstrap", 0)
    check_blufr("facenet", found, facenet, labels, trials)
    print(f"lfw-facenet128: {compared} values equal")

    # Scores with heavy ties, of every size, with and without folds.
    for number in range(200):
        count, levels = int(rng.integers(20, 4000)), int(rng.integers(2, 60))
        same = rng.permutation(np.arange(count) % int(rng.integers(2, 9)) == 0)
        scores = np.round((rng.normal(size=count) + rng.uniform(0, 3) * same) * levels / 8) / levels
        folds = np.arange(count) % 7 if number % 2 else None
        lines = [f"{score!r},{int(is_same)}" + ("" if folds is None else f",{folds[at]}")
                 for at, (score, is_same) in enumerate(zip(map(float, scores), same))]
        header = "score,same" + ("" if folds is None else ",fold")
        (folder / "scores.csv").write_text("\n".join([header, *lines]))
        [found] = ask("pairs", "--pairs", folder / "scores.csv", "--bootstrap", 0)
        check_pairs(f"ties {number}", found, scores, same, folds)
    # Features of ±1 whose length is a power of two: every score is exact, and most are equal to many others.
    for number in range(20):
        labels = rng.integers(1, 40, size=300)
        bits = rng.choice([-1, 1], size=(300, 16 if number % 2 else 64)).astype(np.float32)
        bits[rng.integers(300, size=60)] = bits[rng.integers(300, size=60)]
        scipy.io.savemat(folder / "bits.mat", {"Descriptors": bits.astype(float), "other": 1.0}, do_compression=number % 3 == 0)
        trials = random_trials(rng, labels, 4)
        save_config(folder / "bits_config.mat", labels, trials)
        [found] = ask("blufr", "--features", folder / "bits.mat", "--config", folder / "bits_config.mat", "--bootstrap", 20)
        check_blufr(f"bits {number}", found, bits, labels, trials)
    print(f"with heavy ties: {compared} values equal in all")
