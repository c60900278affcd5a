#!/usr/bin/env python3
"""
Draws the times of published_forms.py for float32 images and one thread: forms_picture.py FILE.svg

Each bar is the median, over the rounds, of a form's time divided by that of plan.apply(data) in the
same round.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse  # noqa: E402
import platform  # noqa: E402
import statistics  # noqa: E402
from html import escape  # noqa: E402

import numpy as np  # noqa: E402
import published_forms as published  # noqa: E402

import kron_eye  # noqa: E402

ROW, LEFT, WIDTH, TOP = 26, 250, 850, 64  # pixels


def processor():
    """The processor's name, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return names[0]
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def measure(rows, rounds, blocks=30, outputs=30):
    """Name of a form -> its time divided by that of plan.apply(data)."""
    count = rows * blocks
    if os.path.exists(published.FASHION):
        images = published.read_images(published.FASHION, count)
    else:
        images = published.generate_images(count)
    n = images.shape[1]
    data = images.reshape(rows, -1) / np.float32(255)
    w = (np.random.RandomState(2).standard_normal((outputs, n)) / np.sqrt(n)).astype("f4")
    forms = published.forms_of_all_rows(data, w, blocks)
    times = published.measure(forms, rounds)
    ours = times["kron_eye: plan.apply(data)"]
    return {name: statistics.median(theirs / own for theirs, own in zip(taken, ours))
            for name, taken in times.items()}


def draw(ratios, title):
    """The picture as the text of an SVG file."""
    ordered = sorted(ratios, key=ratios.get)
    scale = (WIDTH - LEFT - 70) / max(ratios.values())
    height = TOP + ROW * len(ordered) + 16
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             'font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    for number, line in enumerate(title):
        lines.append(f'<text x="{WIDTH // 2}" y="{22 + 20 * number}" text-anchor="middle">'
                     f"{escape(line)}</text>")
    for number, name in enumerate(ordered):
        y, width = TOP + ROW * number, scale * ratios[name]
        colour = "#2a6fb0" if "kron_eye" in name else "#b8b8b8"
        lines += [f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
                  f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{ROW - 7}" '
                  f'fill="{colour}"/>',
                  f'<text x="{LEFT + width + 6:.1f}" y="{y + 15}">{ratios[name]:.2f}</text>']
    return "\n".join([*lines, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", metavar="FILE.svg")
    parser.add_argument("--rows", type=int, default=1666, help="default: 1666")
    parser.add_argument("--rounds", type=int, default=11, help="default: 11")
    options = parser.parse_args()
    ratios = measure(options.rows, options.rounds)
    scipy = f", SciPy {published.scipy.__version__}" if published.scipy else ""
    title = (f"Time divided by that of plan.apply(data): {30 * options.rows:,} images, W 30 x 784, "
             "float32", f"{processor()}, 1 thread; NumPy {np.__version__}{scipy}, "
             f"kron_eye {kron_eye.version()} ({kron_eye.isa()})")
    with open(options.picture, "w", encoding="utf-8") as file:
        file.write(draw(ratios, title))


if __name__ == "__main__":
    main()
