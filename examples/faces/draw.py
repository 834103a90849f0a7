"""Makes the pictures in this folder and landmarks.csv.

    pip install numpy pillow scikit-image
    python draw.py

Three faces are drawn, each in two poses; the fourth is cut from a photograph by NASA that comes with scikit-image.
"""
import csv
import math
import os

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from skimage import data

HERE = os.path.dirname(os.path.abspath(__file__))
FINE = 4  # drawn this much larger, then shrunk

# In units of half the distance between the eyes, from the middle of the eyes: left eye, right eye, nose, corners of the mouth.
POINTS = [(-1, 0), (1, 0), (0, 1.25), (-0.7, 2.35), (0.7, 2.35)]


def draw(size, middle, unit, angle, skin, hair, eyes, wide, brows, smile, glasses=False, beard=False, light=1.0, seed=0):
    """A face whose eyes have their middle at `middle`; returns the picture and its five points."""
    width, height = size
    turn, rise = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def at(x, y):
        return middle[0] + unit * (x * turn - y * rise), middle[1] + unit * (x * rise + y * turn)

    def fine(points):
        return [(FINE * (at(x, y)[0] + 0.5), FINE * (at(x, y)[1] + 0.5)) for x, y in points]

    def oval(x, y, across, down, colour, start=0, end=360):
        steps = np.radians(np.linspace(start, end, 90))
        pen.polygon(fine([(x + across * math.cos(t), y + down * math.sin(t)) for t in steps]), fill=colour)

    def line(points, colour, thick):
        pen.line(fine(points), fill=colour, width=round(FINE * unit * thick), joint="curve")

    canvas = Image.new("RGB", (width * FINE, height * FINE), (150, 160, 172))
    pen = ImageDraw.Draw(canvas)
    shade = tuple(int(c * 0.82) for c in skin)
    oval(0, 5.6, 3.6, 2.2, (70, 82, 110))
    pen.polygon(fine([(-1, 2.6), (1, 2.6), (1.2, 4.6), (-1.2, 4.6)]), fill=shade)
    oval(0, 0.2, wide + 0.45, 2.9, hair)
    for side in (-1, 1):
        oval(side * wide, 0.6, 0.3, 0.55, shade)
    oval(0, 0.85, wide, 2.75, skin)
    oval(0, -1.2, wide + 0.25, 1.6, hair, 180, 360)
    if beard:
        oval(0, 1.7, wide * 0.92, 1.9, hair, 0, 180)
        oval(0, 2.2, 1.0, 0.75, skin)
    for side in (-1, 1):
        oval(side, 0, 0.45, 0.25, (245, 245, 240))
        oval(side, 0, 0.23, 0.23, eyes)
        oval(side, 0, 0.1, 0.1, (10, 10, 10))
        line([(side * 0.5, -0.5 + brows * 0.1), (side, -0.65), (side * 1.5, -0.5)], hair, 0.14)
        if glasses:
            ring = np.radians(np.linspace(0, 360, 60))
            line([(side + 0.68 * math.cos(t), 0.55 * math.sin(t)) for t in ring], (30, 30, 35), 0.08)
            line([(side * 0.32, 0), (0, -0.08)], (30, 30, 35), 0.08)
    line([(0.05, 0.15), (-0.3, 1.2), (0.25, 1.3)], shade, 0.12)
    mouth = [(x, 2.35 + smile * (0.49 - x * x)) for x in np.linspace(-0.7, 0.7, 30)]
    line(mouth, (150, 60, 60), 0.2)
    picture = canvas.resize(size, Image.BOX).filter(ImageFilter.GaussianBlur(0.6))
    grain = np.random.default_rng(seed).normal(0, 3, (height, width, 1))
    side_light = np.linspace(1.08, 0.9, width)[None, :, None] * light
    pixels = (np.asarray(picture) * side_light + grain).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels), [at(x, y) for x, y in POINTS]


ROUND = dict(skin=(224, 180, 150), hair=(70, 45, 30), eyes=(90, 120, 70), wide=2.1, brows=0, smile=0.5)
LONG = dict(skin=(150, 105, 75), hair=(25, 22, 20), eyes=(60, 40, 25), wide=1.75, brows=1, smile=0.15, beard=True)
GLASSES = dict(skin=(240, 205, 185), hair=(190, 160, 100), eyes=(80, 110, 150), wide=1.9, brows=-1, smile=0.3, glasses=True)
# At 128×128 with the eyes' middle at (64, 40) and 20.43 pixels a unit the mouth is 48 below: placed as the networks like it.
PLACED = dict(size=(128, 128), middle=(64, 40), unit=48 / 2.35, angle=0)
DRAWN = {
    "drawn_round_1.png": dict(ROUND, **PLACED, seed=1),
    "drawn_round_2.jpg": dict(ROUND, size=(200, 180), middle=(104, 70), unit=22, angle=9, light=0.8, seed=2),
    "drawn_long_1.pgm": dict(LONG, **PLACED, seed=3),
    "drawn_long_2.png": dict(LONG, size=(150, 170), middle=(70, 62), unit=19, angle=-7, light=1.15, seed=4),
    "drawn_glasses_1.bmp": dict(GLASSES, **PLACED, seed=5),
    "drawn_glasses_2.jpg": dict(GLASSES, size=(180, 180), middle=(92, 66), unit=21, angle=4, light=0.9, seed=6),
}
# Found by eye.
PHOTOGRAPHED = [(103, 101), (147, 103), (124, 126), (105, 141), (143, 142)]

rows = []
for name, face in DRAWN.items():
    picture, points = draw(**face)
    if name.endswith(".pgm"):
        picture = picture.convert("L")
    picture.save(os.path.join(HERE, name), **({"quality": 90} if name.endswith(".jpg") else {}))
    rows.append((name, points))

photograph = Image.fromarray(data.astronaut()).crop((100, 0, 350, 250))
photograph.save(os.path.join(HERE, "astronaut_1.jpg"), quality=90)
mirrored = ImageOps.mirror(photograph.crop((50, 40, 200, 190)).convert("L"))
ImageEnhance.Brightness(mirrored).enhance(0.85).save(os.path.join(HERE, "astronaut_2.png"))
left, right, nose, mouth_left, mouth_right = [(149 - (x - 50), y - 40) for x, y in PHOTOGRAPHED]
rows.append(("astronaut_1.jpg", PHOTOGRAPHED))
rows.append(("astronaut_2.png", [right, left, nose, mouth_right, mouth_left]))

with open(os.path.join(HERE, "landmarks.csv"), "w", newline="") as f:
    table = csv.writer(f, lineterminator="\n")
    table.writerow(["path"] + [f"{axis}{i}" for i in range(1, 6) for axis in "xy"])
    for name, points in sorted(rows):
        table.writerow([name] + [f"{value:.2f}" for point in points for value in point])
