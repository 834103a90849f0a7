"""Makes 1,000 pictures of all formats that OpenCV reads, and what OpenCV 5 reads from each, for a test to compare.

    apt-get install libtiff-tools
    pip install numpy pillow tifffile imagecodecs opencv-python-headless
    python tests/pictures_reference.py FOLDER
    LIGHTCNN_PICTURES=FOLDER cargo test --test library -- --ignored as_opencv_in_a_folder

FOLDER/expected.csv is written in the way of tests/pictures/expected.csv. Where OpenCV is wrong (docs/design.md lists
it), the row has the right pixels instead; how many such rows there are is printed for each reason.
"""

import csv
import os
import random
import struct
import subprocess
import sys
import zlib
from collections import Counter

os.environ["OPENCV_LOG_LEVEL"] = "OFF"
import cv2
import numpy as np
import tifffile
from PIL import Image

FOLDER = sys.argv[1]
os.makedirs(FOLDER, exist_ok=True)
random.seed(5)
rng = np.random.default_rng(5)
made = []  # name, reason why OpenCV is wrong, what is right in B G R


def picture(width=None, height=None, channels=3, deep=False):
    """Smooth shapes and noise, so that no decoder has it easy."""
    w, h = width or random.randint(1, 60), height or random.randint(1, 60)
    y, x = np.mgrid[:h, :w]
    planes = []
    for _ in range(channels):
        a, b, c = rng.uniform(0.02, 0.4, 3)
        plane = 0.5 + 0.5 * np.sin(a * x + b * y + c * x * y / 8) + rng.normal(0, random.choice([0, 0.03, 0.2]), (h, w))
        planes.append(plane.clip(0, 1))
    array = np.dstack(planes) * (65535 if deep else 255)
    array = array.round().astype(np.uint16 if deep else np.uint8)
    return array[..., 0] if channels == 1 else array


def path(name):
    return os.path.join(FOLDER, name)


def add(name, reason=None, right=None):
    made.append((name, reason, right))


def save(name, image, **options):
    image.save(path(name), **options)
    add(name)


def exif(value):
    return b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([value]) + b"\0\0\0\0\0\0"


# ---- JPEG, PNG, BMP, WebP, GIF, by Pillow

for i in range(150):
    kind = random.choice(["gray", "rgb", "rgb", "rgb", "cmyk"])
    image = {"gray": lambda: Image.fromarray(picture(channels=1)), "rgb": lambda: Image.fromarray(picture()),
             "cmyk": lambda: Image.frombytes("CMYK", (40, 30), picture(40, 30, 4).tobytes())}[kind]()
    options = {"quality": random.randint(5, 100), "progressive": random.random() < 0.4, "optimize": random.random() < 0.3}
    if kind == "rgb":
        options["subsampling"] = random.choice([0, 1, 2])
    if random.random() < 0.3:
        options["restart_marker_blocks"] = random.randint(1, 5)
    if random.random() < 0.3:
        options["exif"] = exif(random.randint(1, 8))
    save(f"{i:03}_{kind}.jpg", image, **options)

for i in range(150):
    kind = random.choice(["1", "L", "LA", "RGB", "RGBA", "P", "I;16", "RGB16", "RGBA16"])
    name = f"{i:03}_{kind.replace(';', '')}.png"
    if kind in ("RGB16", "RGBA16"):
        cv2.imwrite(path(name), picture(channels=len(kind) - 2, deep=True))
        add(name)
        continue
    array = picture(channels={"LA": 2, "RGB": 3, "RGBA": 4, "P": 3}.get(kind, 1), deep=kind == "I;16")
    image = Image.fromarray(array)
    if kind == "P":
        image = image.quantize(random.choice([2, 4, 13, 200]))
    elif kind == "1":
        image = image.convert("1")
    options = {"exif": exif(random.randint(1, 8))[6:]} if random.random() < 0.3 else {}
    save(name, image, compress_level=random.randint(0, 9), **options)

for i in range(60):
    kind = random.choice(["1", "L", "P", "RGB", "RGBA"])
    image = Image.fromarray(picture(channels={"1": 1, "L": 1, "RGBA": 4}.get(kind, 3)))
    image = image.quantize(random.choice([2, 16, 200])) if kind == "P" else image.convert(kind)
    save(f"{i:03}_{kind}.bmp", image)

for i in range(100):
    kind = random.choice(["RGB", "RGBA"])
    options = {"exif": exif(random.randint(1, 8))} if random.random() < 0.2 else {}
    lossless = random.random() < 0.4
    save(f"{i:03}_{kind}.webp", Image.fromarray(picture(channels=len(kind))), lossless=lossless, exact=True,
         quality=random.randint(0, 100), method=random.randint(0, 6), **options)

for i in range(60):
    image = Image.fromarray(picture()).quantize(random.choice([2, 16, 200]))
    save(f"{i:03}.gif", image, interlace=random.randint(0, 1))

# ---- PBM, PGM, PPM, PFM

for i in range(80):
    kind = random.choice([1, 2, 3, 4, 5, 6])
    deep = random.random() < 0.3
    array = picture(channels=3 if kind in (3, 6) else 1, deep=deep and kind not in (1, 4))
    maximum = 65535 if array.dtype == np.uint16 else 255
    head = f"P{kind}\n{array.shape[1]} {array.shape[0]}\n"
    if kind in (1, 4):
        bits = (array > 127).astype(np.uint8)
        body = " ".join(map(str, bits.ravel())).encode() if kind == 1 else np.packbits(bits, axis=1).tobytes()
    else:
        head += f"{maximum}\n"
        body = " ".join(map(str, array.ravel())).encode() if kind < 4 else array.astype(">u2" if maximum > 255 else "u1").tobytes()
    name = f"{i:03}.{'pbm pgm ppm pbm pgm ppm'.split()[kind - 1]}"
    open(path(name), "wb").write(head.encode() + body + b"\n")
    add(name)

for i in range(40):
    colour = i % 2
    array = (picture(channels=3 if colour else 1).astype(np.float32) * 1.2 - 20 + 0.37).astype(np.float32)
    scale = random.choice([-1.0, 1.0, -2.0, 0.5])
    name = f"{i:03}.pfm"
    head = f"{'PF' if colour else 'Pf'}\n{array.shape[1]} {array.shape[0]}\n{scale}\n"
    open(path(name), "wb").write(head.encode() + array[::-1].astype("<f4" if scale < 0 else ">f4").tobytes())
    value = (array * np.float32(1 / abs(scale))).round().clip(0, 255).astype(np.uint8)
    right = value[..., ::-1] if colour else np.repeat(value[..., None], 3, 2)
    add(name, "PFM: OpenCV reads gray only as gray, colour only as colour", right)

# ---- TIFF

RIGHT = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
         5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1), 8: np.rot90}


def tiff(i):
    kind = random.choice(["gray", "gray", "rgb", "rgb", "rgba", "gray16", "rgb16", "rgba16", "palette", "cmyk", "white"])
    deep = kind.endswith("16")
    channels = {"gray": 1, "rgb": 3, "rgba": 4, "gray16": 1, "rgb16": 3, "rgba16": 4, "palette": 1, "cmyk": 4, "white": 1}[kind]
    array = picture(channels=channels, deep=deep)
    options = {"photometric": {"g": "minisblack", "r": "rgb", "p": "palette", "c": "separated", "w": "miniswhite"}[kind[0]]}
    options["compression"] = random.choice([None, "lzw", "zlib", "packbits"] + (["jpeg"] if kind in ("gray", "rgb", "cmyk") else []))
    if options["compression"] in ("lzw", "zlib") and random.random() < 0.5 and kind != "palette":
        options["predictor"] = True
    if kind.startswith("rgba"):
        options["extrasamples"] = [random.choice(["unassalpha", "assocalpha", "unspecified"])]
    if kind == "palette":
        options["colormap"] = rng.integers(0, 65536, (3, 256)).astype(np.uint16)
    planar = channels > 1 and random.random() < 0.35 and options["compression"] != "jpeg"
    if planar:
        options["planarconfig"] = "separate"
        array = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    tiled = random.random() < 0.5
    if tiled:
        options["tile"] = (random.choice([16, 32, 48]), random.choice([16, 32, 64]))
    else:
        options["rowsperstrip"] = random.choice([8, 16, 64])
    orientation = random.randint(1, 4) if random.random() < 0.3 else 1
    if orientation > 1:
        options["extratags"] = [(274, 3, 1, orientation, True)]
    name = f"{i:03}_{kind}_{'tile' if tiled else 'strip'}{'_planes' if planar else ''}_{options['compression']}_o{orientation}.tif"
    with tifffile.TiffWriter(path(name), bigtiff=random.random() < 0.2, byteorder=random.choice("<>")) as file:
        file.write(array, metadata=None, **options)
    return name, kind, tiled, orientation, options


def tiffcp(name, *options):
    """libtiff does not write every combination; where it refuses, there is no such picture."""
    if subprocess.run(["tiffcp", *options, path("source.tif"), path(name)], capture_output=True).returncode == 0:
        add(name)
    elif os.path.exists(path(name)):
        os.remove(path(name))


def ycbcr(name, across, down):
    """Blocks of across × down Y, a Cb and a Cr, in strips or tiles; written byte by byte, as no tool writes them."""
    w, h = random.randint(1, 50), random.randint(1, 50)
    tile = random.choice([None, (16, 32)])
    cw, ch = tile or (w, random.choice([8, 16, 64]))
    chunks = []
    for top in range(0, h, ch):
        for left in range(0, w, cw):
            rows = ch if tile else min(ch, h - top)
            blocks = -(-cw // across) * -(-rows // down)
            chunks.append(zlib.compress(picture(blocks, across * down + 2, 1).T.tobytes()))
    offsets = [8 + sum(map(len, chunks[:i])) for i in range(len(chunks))]
    tags = {256: [w], 257: [h], 258: [8, 8, 8], 259: [8], 262: [6], 277: [3], 530: [across, down]}
    tags |= {322: [cw], 323: [ch], 324: offsets, 325: [*map(len, chunks)]} if tile else {273: offsets, 278: [ch], 279: [*map(len, chunks)]}
    ranges = random.choice([None, [0, 255, 128, 255, 128, 255], [16, 235, 128, 240, 128, 240]])
    if ranges:
        tags[532] = [number for value in ranges for number in (value, 1)]
    start = 8 + sum(map(len, chunks))
    entries, tail, end = b"", b"", start + 6 + 12 * len(tags)
    for tag, values in sorted(tags.items()):
        data = struct.pack(f"<{len(values)}{'H' if tag in (258, 530) else 'I'}", *values)
        kind, count = (3, len(values)) if tag in (258, 530) else (5, len(values) // 2) if tag == 532 else (4, len(values))
        if len(data) > 4:
            data, tail = struct.pack("<I", end + len(tail)), tail + data
        entries += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    body = b"".join(chunks) + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + tail
    open(path(name), "wb").write(b"II*\0" + struct.pack("<I", start) + body)
    add(name)


def in_one_strip(name, options):
    """What OpenCV reads from the same samples in one strip."""
    kept = {key: options[key] for key in ("photometric", "extrasamples", "colormap", "planarconfig", "extratags") if key in options}
    tifffile.imwrite(path("plain.tif"), tifffile.imread(path(name)), metadata=None, rowsperstrip=1000, **kept)
    right = cv2.imread(path("plain.tif"), cv2.IMREAD_COLOR)
    os.remove(path("plain.tif"))
    return right


for i in range(200):
    name, kind, tiled, orientation, options = tiff(i)
    if tiled and orientation in (2, 3):
        add(name, "TIFF in tiles with orientation 2 or 3: OpenCV turns each tile alone", in_one_strip(name, options))
    elif tiled and kind == "gray16":
        add(name, "TIFF of 16-bit gray in tiles: OpenCV reads those at the right edge wrongly", in_one_strip(name, options))
    else:
        add(name)

for i in range(200, 400):
    kind = random.choice(["L", "1", "RGB", "RGB", "RGB", "ycbcr", "P"])
    array = picture(channels=1 if kind in ("L", "1") else 3)
    image = Image.fromarray(array)
    image = image.convert("1") if kind == "1" else image.quantize(random.choice([2, 16, 256])) if kind == "P" else image
    if kind == "ycbcr":
        image = Image.fromarray(picture(random.randint(4, 60), random.randint(4, 60)))
    image.save(path("source.tif"))
    name = f"{i:03}_tiffcp_{kind}"
    if kind == "ycbcr" and random.random() < 0.5:
        across, down = random.choice([(1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (4, 4), (1, 2)])
        name += f"_{across}{down}.tif"
        ycbcr(name, across, down)
        continue
    modes = {"1": ["g4", "g3:1d", "lzw", "packbits", "none", "zip"], "ycbcr": ["jpeg:50", "jpeg:r", "jpeg:95"]}
    mode = random.choice(modes.get(kind, ["lzw", "lzw:2", "zip", "zip:2", "packbits", "none", "jpeg"][: 4 if kind == "RGB" else 7]))
    if kind == "P" and mode != "none":
        mode = random.choice(["lzw", "zip", "packbits"])
    if kind == "L" and mode == "jpeg:r":
        mode = "jpeg"
    options = ["-c", mode]
    if random.random() < 0.6 and mode[0] != "g":
        options += ["-t", "-w", str(random.choice([16, 32, 64])), "-l", str(random.choice([16, 32, 48]))]
    else:
        options += ["-s", "-r", str(random.choice([8, 16, 40]))]
    if kind == "RGB" and random.random() < 0.5:
        options += ["-p", "separate"]
    options += random.choice([[], [], ["-B"], ["-L"], ["-f", "lsb2msb"], ["-8"]])
    name += "_" + "".join(options).replace(":", "") + ".tif"
    tiffcp(name, *options)

os.remove(path("source.tif"))

# ---- What OpenCV reads

reasons, kinds = Counter(), Counter()
with open(path("expected.csv"), "w", newline="") as f:
    table = csv.writer(f, lineterminator="\n")
    table.writerow(["file", "width", "height", "gray", "bgr"])
    for name, reason, right in made:
        g, c = cv2.imread(path(name), cv2.IMREAD_GRAYSCALE), cv2.imread(path(name), cv2.IMREAD_COLOR)
        if reason and (c is None or g is None or c.shape != right.shape or (c != right).any()):
            reasons[reason] += 1
            gray = ((right.astype(int) @ [1868, 9617, 4899] + (1 << 13)) >> 14).astype(np.uint8)
            if name.endswith("pfm"):  # What it does read is right.
                assert (g is None or (g == gray).all()) and (c is None or (c == right).all()), name
            g, c = gray, np.ascontiguousarray(right)
        elif g is None or c is None:
            print(f"OpenCV does not read {name}")
            continue
        kinds[name.rsplit(".", 1)[1]] += 1
        table.writerow([name, g.shape[1], g.shape[0], g.tobytes().hex(), c.tobytes().hex()])
print(f"{sum(kinds.values())} pictures:", ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
for reason, count in reasons.items():
    print(f"{count} times {reason}")
