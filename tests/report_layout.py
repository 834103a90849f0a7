#!/usr/bin/env python3
"""Looks at the page of `eval --report` in Chromium, narrow, wide and dark: report_layout.py LIGHTCNN CHROMIUM

Nothing may run off the page, no text of a figure may lie on another or be crossed by a line, and texts must stand out from
the ground. Needs numpy.
"""
import html
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

LOOK = """
<script>
addEventListener('load', () => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) wrong.push(`the page is ${root.scrollWidth} wide in a window of ${innerWidth}`);
  const box = element => element.getBoundingClientRect();
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  for (const figure of document.querySelectorAll('figure')) {
    if (box(figure).right > innerWidth + 1) wrong.push(`a figure ends at ${box(figure).right}`);
    const texts = [...figure.querySelectorAll('svg text')].filter(text => text.textContent);
    for (const text of texts) {
      if (!inside(box(text), box(figure))) wrong.push(`'${text.textContent}' leaves its figure`);
      for (const other of texts)
        if (text !== other && meets(box(text), box(other))) wrong.push(`'${text.textContent}' on '${other.textContent}'`);
      for (const line of figure.querySelectorAll('svg polyline[stroke-dasharray="4 3"], svg polygon'))
        if (line.points.length !== 5 && meets(box(text), box(line))) wrong.push(`a line through '${text.textContent}'`);
    }
    if (!texts.length) wrong.push('a figure without a text');
  }
  const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const ground = getComputedStyle(document.body).backgroundColor;
  for (const [what, colour] of [['text', getComputedStyle(document.body).color],
      ['text of figures', getComputedStyle(document.querySelector('svg text')).fill]])
    if (contrast(colour, ground) < 7) wrong.push(`${what} ${colour} on ${ground}`);
  parent.document.body.textContent = '@@' + JSON.stringify({wrong, ground, figures: document.querySelectorAll('figure').length, width: innerWidth}) + '@@';
});
</script>
"""
VIEWS = [(400, False), (800, False), (1400, False), (1000, True)]


def features(folder, name, noise, random):
    persons = random.standard_normal((60, 256))
    rows = numpy.repeat(persons, 4, axis=0) + noise * random.standard_normal((240, 256))
    numpy.save(folder / f'{name}.npy', rows.astype(numpy.float32))
    (folder / f'{name}.paths.txt').write_text(''.join(f'p{row // 4:02}/{row % 4}.jpg\n' for row in range(240)))
    return folder / f'{name}.npy'


def look(chromium, page, dark):
    mode = ['--blink-settings=preferredColorScheme=0'] if dark else []
    command = [chromium, '--headless', '--no-sandbox', '--disable-gpu', *mode, '--window-size=1600,2000',
               '--virtual-time-budget=5000', '--dump-dom', page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout.split('@@')[1].replace('&gt;', '>').replace('&lt;', '<').replace('&amp;', '&'))


def main():
    lightcnn, chromium = sys.argv[1:]
    random = numpy.random.default_rng(7)
    grounds = set()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sets = [features(folder, 'near', 0.3, random), features(folder, 'a-model-with-a-rather-long-name-of-its-file', 1.1, random),
                features(folder, 'far', 2.0, random)]
        for count in (1, 3):
            report = folder / f'report{count}'
            given = [word for one in sets[:count] for word in ('--features', one)]
            command = [lightcnn, 'eval', 'pairs', *given, '--pairs', 'all', '--bootstrap', '50', '--report', report]
            subprocess.run(command, check=True, capture_output=True)
            page = (report / 'index.html').read_text().replace('</body>', LOOK + '</body>')
            for width, dark in VIEWS:
                # A window of Chromium is at least 500 wide; a frame is as wide as it is told.
                outer = report / 'looked-at.html'
                frame = f'style="width:{width}px; height:3000px; border:0" srcdoc="{html.escape(page)}"'
                outer.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body><iframe {frame}></iframe></body>')
                seen = look(chromium, outer, dark)
                if seen['wrong'] or seen['figures'] < 2 or seen['width'] != width:
                    sys.exit(f'{count} sets, {width} wide, dark {dark}: {seen}')
                grounds.add((dark, seen['ground']))
    if len(grounds) != 2:
        sys.exit(f'dark and light have the grounds {grounds}')
    print(f'{2 * len(VIEWS)} views of the report are in order')


main()
