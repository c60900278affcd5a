#!/usr/bin/env python3
"""The pictures of plots.md, from the bench's JSON.

    plots.py [--bench BUILD/bench/kron_eye_bench] JSON_FOLDER PICTURE_FOLDER

With --bench, measures first (about a minute, all on one thread) and writes the results to JSON_FOLDER. Without it, draws the results that are there. Needs gnuplot (gnuplot-nox).
"""

import argparse
import json
import pathlib
import subprocess

DENSITIES = (1, 2, 5, 10, 20, 30, 50, 70, 100)  # per cent of x that is not zero
ROWS = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
COMMON = ("--threads", "1", "--types", "f32")
FLOOR = "floor: multiply-adds"
BEST_BLAS = "best BLAS"

# Name of the JSON file -> the bench's options.
MEASUREMENTS = {
    "forms": (),
    **{
        f"density-{percent}": ("--data", f"random{percent}", "--rows", "400", "--rounds", "9")
        for percent in DENSITIES
    },
    **{
        f"rows-{rows}": ("--data", "dense", "--rows", str(rows), "--blocks", "1", "--m", "30",
                         "--n", "784", "--rounds", "9", "--seconds", "3")
        for rows in ROWS
    },
}


def measure(bench, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in MEASUREMENTS.items():
        print(name, flush=True)
        command = [bench, *COMMON, *options, "--json", folder / f"{name}.json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def load(folder, name):
    """The run's context, and form -> median milliseconds for all rows."""
    report = json.loads((folder / f"{name}.json").read_text())
    medians = {
        b["run_name"].split("/f32/")[1].rsplit("/threads:")[0]: b["real_time"]
        for b in report["benchmarks"]
        if b["run_type"] == "aggregate"
    }
    return report["context"], medians


def machine(context):
    return f"{context['cpu_name']}, {context['kron_eye_isa']}, 1 thread, float"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def gnuplot(picture, width, height, commands):
    setup = f"""
set terminal svg noenhanced size {width},{height} font "sans-serif,13" background "white"
set output {quoted(str(picture))}
set grid lc rgb "#bbbbbb"
set border 3 lc rgb "#666666"
set tics nomirror
"""
    subprocess.run(["gnuplot"], input=setup + commands, text=True, check=True)


def bars(picture, title, unit, values, floors, note):
    """A bar for each (name, value), the largest at the top; a line for each lower bound."""
    values = sorted(values, key=lambda pair: pair[1])
    rows = "\n".join(f"{quoted(name)} {value} {i}" for i, (name, value) in enumerate(values))
    lines = "\n".join(f"""
set arrow from {x},graph 0 to {x},graph 1 nohead lw 2 lc rgb "#c03020" front
set label {quoted(name)} at {x},{len(values)} offset 0.5,0 tc rgb "#c03020"
""" for name, x in floors)
    gnuplot(picture, 900, 60 + 26 * (len(values) + 4), f"""
$bars << EOD
{rows}
EOD
colour(name) = strstrt(name, "kron_eye") ? 0x2a6fb0 : 0xb8b8b8
set title {quoted(title)}
set xlabel {quoted(unit)}
set xrange [0:{1.12 * values[-1][1]}]
set yrange [-0.8:{len(values) + 0.8}]
set style fill solid
set grid noytics
{lines}
set label {quoted(note)} at graph 0.98,graph 0.16 right tc rgb "#666666"
plot $bars using ($2/2):3:($2/2):(0.36):(colour(strcol(1))):ytic(1) \\
       with boxxyerror lc rgb variable notitle, \\
     $bars using 2:3:(sprintf("%.1f", $2)) with labels left offset 0.4,0 notitle
""")


def curves(picture, title, xlabel, ylabel, xtics, forms, points):
    """A line for each of forms (name -> style) through points: a list of (x, name -> y)."""
    blocks, plots = [], []
    for i, (name, (label, style)) in enumerate(forms.items()):
        rows = "\n".join(f"{x} {values[name]}" for x, values in points if name in values)
        blocks.append(f"$form{i} << EOD\n{rows}\nEOD\n")
        plots.append(f"$form{i} with linespoints ps 0.8 {style} title {quoted(label)}")
    tics = ", ".join(f"{quoted(f'{x:,}')} {x}" for x in xtics)
    gnuplot(picture, 900, 560, f"""
{"".join(blocks)}
set title {quoted(title)}
set xlabel {quoted(xlabel)} offset 0,0.6
set ylabel {quoted(ylabel)}
set logscale x
set xtics ({tics})
set xrange [{0.9 * xtics[0]}:{1.1 * xtics[-1]}]
set yrange [0:*]
set key outside below center vertical maxrows 3 Left reverse samplen 3
plot {", ".join(plots)}
""")


RED = 'lc rgb "#c03020" lw 2 pt 0 dt 2'
BLUE = 'lc rgb "#2a6fb0" lw 4 pt 7'
LIGHT_BLUE = 'lc rgb "#70a8d8" lw 2 pt 6'
GREEN = 'lc rgb "#20a0a0" lw 2 pt 4'
ORANGE = 'lc rgb "#e09020" lw 2 pt 9'
GREY = 'lc rgb "#888888" lw 2 pt 5'


def draw_forms(folder, picture):
    context, medians = load(folder, "forms")
    dense = medians.pop("dense Kronecker matrix")
    shown = [(name, value) for name, value in medians.items() if not name.startswith("floor")]
    bars(picture, f"49,980 images, W 30 x 784: every form\n{machine(context)}",
         "milliseconds for all rows", shown,
         [("reading x", medians["floor: read x, 4 streams"]),
          ("the multiply-adds alone", medians[FLOOR])],
         f"off the scale:\nthe dense Kronecker matrix, {dense:,.0f} ms")


def draw_density(folder, picture):
    runs = [(percent, *load(folder, f"density-{percent}")) for percent in DENSITIES]
    forms = {
        "kron_eye plan": ("plan, choosing by itself", BLUE),
        "kron_eye plan, kernel, multiply": ("plan, zeros multiplied", LIGHT_BLUE),
        "kron_eye plan, kernel, skip": ("plan, zeros skipped", GREEN),
        "kron_eye CSR of blocks": ("x in CSR", ORANGE),
        BEST_BLAS: ("best BLAS form", GREY),
        FLOOR: ("the multiply-adds alone, none skipped", RED),
    }
    points = [(percent, {**medians, BEST_BLAS: best_blas(medians)}) for percent, _, medians in runs]
    curves(picture, f"When do zeros pay? 12,000 blocks, W 30 x 784, zeros at random places\n"
           f"{machine(runs[0][1])}", "per cent of x that is not zero", "milliseconds",
           DENSITIES, forms, points)


def draw_rows(folder, picture):
    runs = [(rows, *load(folder, f"rows-{rows}")) for rows in ROWS]
    forms = {
        "kron_eye plan": ("plan", BLUE),
        "kron_eye matvec_batch": ("matvec_batch, packing W in each call", GREEN),
        BEST_BLAS: ("best BLAS form", GREY),
        "LIBXSMM, W packed, best block": ("LIBXSMM, W packed", ORANGE),
        FLOOR: ("the multiply-adds alone", RED),
    }
    points = []
    for rows, _, medians in runs:
        medians = {**medians, BEST_BLAS: best_blas(medians)}
        points.append((rows, {name: 1e6 * value / rows for name, value in medians.items()}))
    measured = {name for _, values in points for name in values}
    forms = {name: form for name, form in forms.items() if name in measured}
    curves(picture, f"Time per image against the number of images, W 30 x 784, dense\n"
           f"{machine(runs[0][1])}", "images", "nanoseconds per image", ROWS, forms, points)


def best_blas(medians):
    """The time of the fastest form that calls the first BLAS directly."""
    return min(value for name, value in medians.items() if "gem" in name or "W X^T" in name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", help="the program, to measure first")
    parser.add_argument("json_folder", type=pathlib.Path)
    parser.add_argument("picture_folder", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.bench:
        measure(arguments.bench, arguments.json_folder)
    arguments.picture_folder.mkdir(parents=True, exist_ok=True)
    for name, draw in (("forms", draw_forms), ("density", draw_density), ("rows", draw_rows)):
        draw(arguments.json_folder, arguments.picture_folder / f"{name}.svg")


if __name__ == "__main__":
    main()
