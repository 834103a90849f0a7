"""Makes the pictures beside this file, and what OpenCV reads from them.

    apt-get install libtiff-tools
    pip install numpy pillow opencv-python-headless
    python make.py

Every pixel is computed here. Pillow writes JPEG, WebP and some compressed TIFF, libtiff's tiffcp the files of that name;
the rest is written byte by byte, so that odd kinds do not depend on a library's choices. expected.csv has, per file: width, height, gray and B G R (hex) as cv2.imread gives them.
"""
import csv
import io
import os
import struct
import subprocess
import zlib

import cv2
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 13, 11
rng = np.random.default_rng(128)
y, x = np.mgrid[0:H, 0:W]
rgb = np.stack([x * 19 + y, 255 - y * 20 - x, (x * y * 7 + 40) % 256], 2) + rng.integers(-30, 30, (H, W, 3))
rgb = rgb.clip(0, 255).astype(np.uint8)
rgb[4, 3:6] = rgb[4, 3:6, :1]  # some gray pixels
gray = rgb[..., 1].copy()
alpha = (x * 20).astype(np.uint8)
alpha[2] = 0
rgb16 = rng.integers(0, 65536, (H, W, 3)).astype(np.uint16)
rgb16[4] = rgb16[4, :, :1]
gray16 = rgb16[..., 0].copy()
palette = rng.integers(0, 256, (256, 3)).astype(np.uint8)  # R G B


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def pillow(name, array, **options):
    Image.fromarray(array).save(os.path.join(HERE, name), **options)


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def packed(row, bits):
    """One row of samples of 1, 2, 4 bits, the first in the high bits."""
    text = "".join(format(int(v), f"0{bits}b") for v in row)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


# ---- JPEG

pillow("420.jpg", rgb, quality=90, subsampling=2)
pillow("444.jpg", rgb, quality=75, subsampling=0)
pillow("422_restart.jpg", rgb, quality=80, subsampling=1, restart_marker_blocks=1)
pillow("progressive.jpg", rgb, quality=85, subsampling=2, progressive=True)
pillow("gray.jpg", gray, quality=85)
pillow("stored_as_rgb.jpg", rgb, quality=90, keep_rgb=True)
Image.frombytes("CMYK", (W, H), np.dstack([rgb, alpha]).tobytes()).save(os.path.join(HERE, "cmyk.jpg"), quality=95)
for o in range(1, 9):
    pillow(f"orientation{o}.jpg", rgb, quality=95, exif=orientation(o))

# ---- PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, depth, colour, rows, before=b"", after=b"", interlaced=0, size=(W, H)):
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    write(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", pixels) + after + chunk(b"IEND", b""))


def rows(*planes, big=False):
    array = np.dstack(planes)
    return [row.astype(">u2" if big else "u1").tobytes() for row in array]


def adam7(array):
    for left, top, right, down in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        yield from (row for row in array[top::down, left::right] if len(row))


gama = lambda value: chunk(b"gAMA", struct.pack(">I", value))
srgb = chunk(b"sRGB", b"\0")
plte = chunk(b"PLTE", palette.tobytes())
exif6 = chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0")
for bits in (1, 2, 4):
    png(f"gray{bits}.png", bits, 0, [packed(row >> (8 - bits), bits) for row in gray])
    png(f"palette{bits}.png", bits, 3, [packed(row >> (8 - bits), bits) for row in gray], chunk(b"PLTE", palette[: 1 << bits].tobytes()))
png("gray8.png", 8, 0, rows(gray))
png("gray16.png", 16, 0, rows(gray16, big=True))
png("gray_alpha8.png", 8, 4, rows(gray, alpha))
png("gray_alpha16.png", 16, 4, rows(gray16, gray16, big=True))
png("rgb8.png", 8, 2, rows(rgb))
png("rgb16.png", 16, 2, rows(rgb16, big=True))
png("rgba8.png", 8, 6, rows(rgb, alpha))
png("rgba16.png", 16, 6, rows(rgb16, gray16, big=True))
png("palette8.png", 8, 3, rows(gray), plte)
png("palette8_trns.png", 8, 3, rows(gray), plte + chunk(b"tRNS", bytes(range(256))))
png("rgb8_trns.png", 8, 2, rows(rgb), chunk(b"tRNS", struct.pack(">3H", *rgb[0, 0])))
png("gray8_gama.png", 8, 0, rows(gray), gama(45455))
png("palette8_gama.png", 8, 3, rows(gray), gama(45455) + plte)
for value in (45455, 97000, 94000, 220000):
    png(f"rgb8_gama{value}.png", 8, 2, rows(rgb), gama(value))
    png(f"rgb16_gama{value}.png", 16, 2, rows(rgb16, big=True), gama(value))
png("rgb16_gama45455_sbit10.png", 16, 2, rows(rgb16, big=True), gama(45455) + chunk(b"sBIT", b"\x0a\x0a\x0a"))
png("rgb8_srgb.png", 8, 2, rows(rgb), srgb)
png("rgb8_gama100000_srgb.png", 8, 2, rows(rgb), gama(100000) + srgb)
png("rgba8_srgb.png", 8, 6, rows(rgb, alpha), srgb)
png("rgb8_interlaced.png", 8, 2, [row.tobytes() for row in adam7(rgb)], interlaced=1)
png("gray1_interlaced.png", 1, 0, [packed(row >> 7, 1) for row in adam7(gray)], interlaced=1)
png("exif_before.png", 8, 2, rows(rgb), exif6)
png("exif_after.png", 8, 2, rows(rgb), after=exif6)
for o in range(1, 9):
    pillow(f"orientation{o}.png", rgb, exif=orientation(o))
Image.fromarray(rgb).save(os.path.join(HERE, "animated.png"), save_all=True, append_images=[Image.fromarray(255 - rgb)])

# ---- BMP


def bmp(name, bits, compression, pixels, colours=b"", masks=(), header=40, size=(W, H)):
    if header == 12:
        head = struct.pack("<IHHHH", 12, *size, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, compression, len(pixels), 2835, 2835, len(colours) // 4, 0)
    head += struct.pack(f"<{len(masks)}I", *masks)
    if header > 40:
        head = struct.pack("<I", header) + head[4:].ljust(header, b"\0")[: header - 4]
    offset = 14 + len(head) + len(colours)
    write(name, b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + head + colours + pixels)


def padded(rows):
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


bgr0 = lambda colours: np.dstack([colours[None, :, ::-1], np.zeros((1, len(colours)), np.uint8)]).tobytes()
ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
words = rng.integers(0, 65536, (H, W)).astype("<u2")
longs = rng.integers(0, 2**32, (H, W)).astype("<u4")
bmp("gray8.bmp", 8, 0, padded(row.tobytes() for row in gray[::-1]), bgr0(ramp))
bmp("palette8.bmp", 8, 0, padded(row.tobytes() for row in gray[::-1]), bgr0(palette))
bmp("palette8_top_down.bmp", 8, 0, padded(row.tobytes() for row in gray), bgr0(palette), size=(W, -H))
bmp("palette4.bmp", 4, 0, padded(packed(row >> 4, 4) for row in gray[::-1]), bgr0(palette[:16]))
bmp("palette1.bmp", 1, 0, padded(packed(row >> 7, 1) for row in gray[::-1]), bgr0(palette[:2]))
bmp("palette8_os2.bmp", 8, 0, padded(row.tobytes() for row in gray[::-1]), palette[:, ::-1].tobytes(), header=12)
bmp("rgb24.bmp", 24, 0, padded(row.tobytes() for row in rgb[::-1, :, ::-1]))
bmp("rgb32.bmp", 32, 0, longs.tobytes())
bmp("rgb555.bmp", 16, 0, padded(row.tobytes() for row in words))
bmp("rgb565.bmp", 16, 3, padded(row.tobytes() for row in words), masks=(0xF800, 0x7E0, 0x1F))
bmp("rgb32_masks.bmp", 32, 3, longs.tobytes(), masks=(0xFF0000, 0xFF00, 0xFF))
bmp("rgb32_masks_v4.bmp", 32, 3, longs.tobytes(), masks=(0xFF, 0xFF00, 0xFF0000, 0xFF000000), header=108)
bmp("rgb32_masks10_v4.bmp", 32, 3, longs.tobytes(), masks=(0x3FF00000, 0xFFC00, 0x3FF, 0), header=108)
rle8 = bytes([13, 7, 0, 0]) + bytes([0, 5, 1, 2, 3, 4, 5, 0, 8, 9, 0, 0]) + bytes([0, 2, 3, 2, 4, 200, 0, 0]) + bytes([6, 77, 0, 0])
bmp("rle8.bmp", 8, 1, rle8 + bytes([13, 99, 0, 0]) * 4 + bytes([0, 1]), bgr0(palette))
rle4 = bytes([13, 0x7A, 0, 0]) + bytes([0, 5, 0x12, 0x34, 0x50, 0, 7, 0x9F, 0, 0]) + bytes([0, 2, 3, 0, 4, 0xC0, 0, 0])
bmp("rle4.bmp", 4, 2, rle4 + bytes([12, 0x5B, 0, 0]) * 8 + bytes([0, 1]), bgr0(palette[:16]))

# ---- PBM, PGM, PPM


def pnm(name, magic, maximum, samples):
    head = f"{magic}\n# made by code\n{W} {H}\n" + (f"{maximum}\n" if maximum else "")
    if magic in ("P1", "P2", "P3"):
        body = " ".join(map(str, samples.ravel())).encode() + b"\n"
    else:
        body = samples.astype(">u2" if maximum > 255 else "u1").tobytes()
    write(name, head.encode() + body)


pnm("plain.pbm", "P1", 0, gray >> 7)
write("binary.pbm", f"P4 {W} {H}\n".encode() + b"".join(packed(row >> 7, 1) for row in gray))
for kind, binary in (("plain", 3), ("binary", 0)):
    for maximum, g, c in ((255, gray, rgb), (100, gray % 101, rgb % 101), (65535, gray16, rgb16), (1000, gray16 % 1001, rgb16 % 1001)):
        pnm(f"{kind}{maximum}.pgm", f"P{5 - binary}", maximum, g)
        pnm(f"{kind}{maximum}.ppm", f"P{6 - binary}", maximum, c)

# ---- WebP

rgba = np.dstack([rgb, alpha])
for kind, array in (("rgb", rgb), ("rgba", rgba)):
    pillow(f"{kind}_lossy.webp", array, quality=80)
    pillow(f"{kind}_lossless.webp", array, lossless=True, exact=True)
pillow("orientation6.webp", rgb, lossless=True, exif=orientation(6))
for kind, array in (("rgb", rgb), ("rgba", rgba)):
    second = Image.fromarray(255 - array)
    Image.fromarray(array).save(os.path.join(HERE, f"animated_{kind}.webp"), save_all=True, append_images=[second], lossless=True)

# ---- TIFF


def tiff(name, photometric, bits, pixels, samples, endian="<", extra=None, tag_orientation=None, planar=False, tile=None, size=(W, H), more={}):
    """One strip (or one tile, or one strip a plane), then the directory."""
    strips = pixels if isinstance(pixels, list) else [pixels]
    offsets = [8 + sum(map(len, strips[:i])) for i in range(len(strips))]
    tags = {256: (4, [size[0]]), 257: (4, [size[1]]), 258: (3, [bits] * samples), 259: (3, [1]), 262: (3, [photometric]), 277: (3, [samples])}
    where, lengths = ((324, 325) if tile else (273, 279))
    tags |= {where: (4, offsets), lengths: (4, [len(s) for s in strips]), 284: (3, [2 if planar else 1])}
    tags |= {322: (3, [tile[0]]), 323: (3, [tile[1]])} if tile else {278: (4, [size[1]])}
    if extra is not None:
        tags[338] = (3, [extra])
    if tag_orientation:
        tags[274] = (3, [tag_orientation])
    tags |= more
    start = 8 + sum(map(len, strips))
    end = start + 2 + 12 * len(tags) + 4
    entries, tail = b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        data = struct.pack(f"{endian}{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(data) > 4:
            data, tail = struct.pack(endian + "I", end + len(tail)), tail + data
        entries += struct.pack(endian + "HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    magic = b"II*\0" if endian == "<" else b"MM\0*"
    directory = struct.pack(endian + "H", len(tags)) + entries + struct.pack(endian + "I", 0)
    write(name, magic + struct.pack(endian + "I", start) + b"".join(strips) + directory + tail)


def tiled(array, side=16):
    return np.pad(array, [(0, side - H), (0, side - W)] + [(0, 0)] * (array.ndim - 2)).tobytes()


tiff("gray8.tif", 1, 8, gray.tobytes(), 1)
tiff("gray8_white_is_zero.tif", 0, 8, gray.tobytes(), 1)
tiff("gray1.tif", 1, 1, b"".join(packed(row >> 7, 1) for row in gray), 1)
tiff("gray16.tif", 1, 16, gray16.astype("<u2").tobytes(), 1)
tiff("gray16_big_endian.tif", 1, 16, gray16.astype(">u2").tobytes(), 1, endian=">")
tiff("gray8_alpha.tif", 1, 8, np.dstack([gray, alpha]).tobytes(), 2, extra=2)
tiff("rgb8.tif", 2, 8, rgb.tobytes(), 3)
tiff("rgb16.tif", 2, 16, rgb16.astype("<u2").tobytes(), 3)
tiff("rgba8_associated.tif", 2, 8, rgba.tobytes(), 4, extra=1)
tiff("rgba8_unassociated.tif", 2, 8, rgba.tobytes(), 4, extra=2)
tiff("rgba16_unassociated.tif", 2, 16, np.dstack([rgb16, gray16]).astype("<u2").tobytes(), 4, extra=2)
tiff("cmyk8.tif", 5, 8, rgba.tobytes(), 4)
tiff("rgb8_planes.tif", 2, 8, [rgb[..., c].tobytes() for c in range(3)], 3, planar=True)
tiff("rgb8_tiled.tif", 2, 8, tiled(rgb), 3, tile=(16, 16))
tiff("gray8_tiled.tif", 1, 8, tiled(gray), 1, tile=(16, 16))
for o in (1, 2, 3, 4):
    tiff(f"orientation{o}.tif", 2, 8, rgb.tobytes(), 3, tag_orientation=o)
for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
    pillow(f"rgb8_{compression}.tif", rgb, compression=compression)
Image.fromarray((gray & 128) * 2).convert("1", dither=0).save(os.path.join(HERE, "gray1_group4.tif"), compression="group4")

noise = np.random.default_rng(129)
colours = lambda bits: {320: (3, (palette[: 1 << bits].T.astype(int) * 257).ravel().tolist())}
for bits in (1, 4, 8):
    tiff(f"palette{bits}.tif", 3, bits, b"".join(packed(row >> (8 - bits), bits) for row in gray), 1, more=colours(bits))
tiff("palette8_of_bytes.tif", 3, 8, gray.tobytes(), 1, more={320: (3, palette.T.ravel().tolist())})
for across, down in ((1, 1), (2, 1), (2, 2), (4, 2)):
    blocks = -(-W // across) * -(-H // down)
    data = noise.integers(0, 256, (blocks, across * down + 2), np.uint8).tobytes()
    tiff(f"ycbcr_{across}x{down}.tif", 6, 8, data, 3, more={530: (3, [across, down])})
codes = [code for i, value in enumerate(gray.ravel()) for code in ([256] if i % 120 == 0 else []) + [int(value)]] + [257]
bits = "".join(format(code, "09b")[::-1] for code in codes)
old_lzw = bytes(int(bits[i : i + 8].ljust(8, "0")[::-1], 2) for i in range(0, len(bits), 8))
tiff("gray8_old_lzw.tif", 1, 8, old_lzw, 1, more={259: (3, [5])})


def tiffcp(name, source, *options):
    subprocess.run(["tiffcp", *options, os.path.join(HERE, source), os.path.join(HERE, name)], check=True)


TILES = ["-t", "-w", "16", "-l", "16"]
WIDE, HIGH = 19, 11  # two tiles of 16 across, of which the last is partial
tiff("wide.tif", 2, 8, noise.integers(0, 256, (HIGH, WIDE, 3), np.uint8).tobytes(), 3, size=(WIDE, HIGH))
tiff("wide_gray.tif", 1, 8, noise.integers(0, 256, (HIGH, WIDE), np.uint8).tobytes(), 1, size=(WIDE, HIGH))
tiffcp("tiffcp_lzw_tiles.tif", "wide.tif", *TILES, "-c", "lzw")
tiffcp("tiffcp_lzw_differences_tiles.tif", "wide.tif", *TILES, "-c", "lzw:2")
tiffcp("tiffcp_planes_tiles.tif", "wide.tif", *TILES, "-c", "none", "-p", "separate")
tiffcp("tiffcp_planes_lzw_tiles.tif", "wide.tif", *TILES, "-c", "lzw", "-p", "separate")
tiffcp("tiffcp_zip_strips_big.tif", "wide.tif", "-8", "-B", "-s", "-r", "8", "-c", "zip:2")
tiffcp("tiffcp_low_bits_first.tif", "wide.tif", "-s", "-r", "8", "-c", "packbits", "-f", "lsb2msb")
tiffcp("tiffcp_jpeg_ycbcr.tif", "wide.tif", "-s", "-r", "16", "-c", "jpeg:r:80")
tiffcp("tiffcp_jpeg_ycbcr_tiles.tif", "wide.tif", *TILES, "-c", "jpeg:r")
tiffcp("tiffcp_jpeg_gray_tiles.tif", "wide_gray.tif", *TILES, "-c", "jpeg:60")
tiffcp("tiffcp_rgb16_differences_tiles.tif", "rgb16.tif", *TILES, "-c", "lzw:2")
tiffcp("tiffcp_group3.tif", "gray1_group4.tif", "-s", "-r", "4", "-c", "g3:1d")
tiffcp("tiffcp_group4_tiles.tif", "gray1_group4.tif", *TILES, "-c", "g4")

# ---- GIF


def gif(name, frames, background=5, size=(W, H)):
    out = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, background, 0) + palette.tobytes()
    for left, top, pixels, transparent, local, interlaced in frames:
        if transparent is not None:
            out += b"\x21\xf9\x04" + bytes([1, 10, 0, transparent]) + b"\0"
        flags = (0x87 if local else 0) | (0x40 if interlaced else 0)
        out += b"\x2c" + struct.pack("<HHHHB", left, top, pixels.shape[1], pixels.shape[0], flags) + (local or b"")
        if interlaced:
            pixels = np.concatenate([pixels[0::8], pixels[4::8], pixels[2::4], pixels[1::2]])
        codes = []
        for i, value in enumerate(pixels.ravel()):  # codes stay 9 bits wide, as the table is cleared in time
            codes += ([256] if i % 120 == 0 else []) + [int(value)]
        bits = "".join(format(code, "09b")[::-1] for code in codes + [257])
        data = bytes(int(bits[i : i + 8].ljust(8, "0")[::-1], 2) for i in range(0, len(bits), 8))
        out += b"\x08" + b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"
    write(name, out + b";")


gif("plain.gif", [(0, 0, gray, None, None, 0)])
gif("interlaced_local.gif", [(0, 0, gray, None, palette[::-1].tobytes(), 1)])
gif("transparent.gif", [(0, 0, np.where(x % 3 == 0, 77, gray).astype(np.uint8), 77, None, 0)])
gif("small_frame.gif", [(3, 2, np.where(x % 3 == 0, 77, gray).astype(np.uint8)[:6, :8], 77, None, 0)])
gif("animated.gif", [(0, 0, gray, None, None, 0), (0, 0, 255 - gray, None, None, 0)])

# ---- What OpenCV reads

with open(os.path.join(HERE, "expected.csv"), "w", newline="") as f:
    table = csv.writer(f, lineterminator="\n")
    table.writerow(["file", "width", "height", "gray", "bgr"])
    for name in sorted(os.listdir(HERE)):
        if name.rsplit(".", 1)[1] in ("py", "csv", "md"):
            continue
        path = os.path.join(HERE, name)
        g, c = cv2.imread(path, cv2.IMREAD_GRAYSCALE), cv2.imread(path, cv2.IMREAD_COLOR)
        table.writerow([name, g.shape[1], g.shape[0], g.tobytes().hex(), c.tobytes().hex()])

# ---- Headers that promise 20000×20000 pixels (WebP: 16383×16383), with next to nothing behind them

os.makedirs(os.path.join(HERE, "huge"), exist_ok=True)
HUGE = (20000, 20000)
png("huge/huge.png", 8, 2, [], size=HUGE)
bmp("huge/huge.bmp", 24, 0, b"\0" * 16, size=HUGE)
write("huge/huge.pgm", b"P5 20000 20000 255\n" + b"\0" * 16)
tiff("huge/huge.tif", 1, 8, b"\0" * 16, 1, size=HUGE)
gif("huge/huge.gif", [(0, 0, gray, None, None, 0)], size=HUGE)
buffer = io.BytesIO()
Image.fromarray(rgb).save(buffer, "JPEG")
jpeg = bytearray(buffer.getvalue())
at = jpeg.index(b"\xff\xc0")
jpeg[at + 5 : at + 9] = struct.pack(">HH", *HUGE)
write("huge/huge.jpg", bytes(jpeg))
buffer = io.BytesIO()
Image.fromarray(rgb).save(buffer, "WEBP", quality=80)
webp = bytearray(buffer.getvalue())
at = webp.index(b"\x9d\x01\x2a")
webp[at + 3 : at + 7] = struct.pack("<HH", 16383, 16383)
write("huge/huge.webp", bytes(webp))
