#!/usr/bin/env python3
"""A machine's section of RESULTS.md, from the bench's JSON.

    results.py JSON_FILE... >> RESULTS.md

All files must be of one machine. Each case, data and types becomes a table of the median times in
milliseconds, with a column for each number of threads; then follows how much faster kron_eye's
forms are than the best BLAS form, with the interval.
"""

import argparse
import json
import pathlib
import re
import sys

RUN_NAME = re.compile(
    r"(?P<case>.*)/rows:(?P<rows>\d+)/blocks:(?P<blocks>\d+)/m:(?P<m>\d+)/n:(?P<n>\d+)"
    r"/(?P<types>f32|f64|f32_f64|u8_f32)/(?P<form>.*)/threads:\d+$"
)
TYPES = {
    "f32": "float",
    "f64": "double",
    "f32_f64": "x float, W and y double",
    "u8_f32": "x bytes, W and y float",
}


def load(paths):
    """The contexts, and {(shape, data, types): {form: {threads: median record}}}, as they come."""
    contexts, tables = [], {}
    for path in paths:
        report = json.loads(pathlib.Path(path).read_text())
        contexts.append(report["context"])
        for record in report["benchmarks"]:
            if record["run_type"] != "aggregate":
                continue
            name = RUN_NAME.match(record["run_name"])
            if not name:
                sys.exit(f"{path}: a run is named {record['run_name']!r}")
            shape = "{rows} rows of {blocks} blocks, W {m} x {n}".format(**name.groupdict())
            forms = tables.setdefault((shape, record["data"], name["types"]), {})
            forms.setdefault(name["form"], {})[record["threads"]] = record
    return contexts, tables


def head(contexts):
    names = {(c["cpu_name"], c["kron_eye_isa"]) for c in contexts}
    if len(names) > 1:
        sys.exit(f"these are several machines: {sorted(names)}")
    first = contexts[0]
    dates = sorted({c["date"][:10] for c in contexts})
    loads = [c["load_avg"][0] for c in contexts]
    libraries = sorted({v for c in contexts for k, v in c.items() if re.match(r"blas_\d+$", k)})
    caches = ", ".join(
        f"L{c['level']} {c['size'] // 1024} KiB" for c in first["caches"]
        if c["type"] != "Instruction"
    )
    yield f"## {first['cpu_name']} ({first['kron_eye_isa']})"
    yield ""
    yield (
        f"{first['num_cpus']} CPUs to use; {caches}. {' and '.join(dates)}, load "
        f"{min(loads):.1f} to {max(loads):.1f}, kron_eye {first['kron_eye_version']}"
        f"{', large pages' if any(c.get('huge_pages') for c in contexts) else ''}."
    )
    yield from (f"BLAS: {library}." for library in libraries)


def number(milliseconds):
    return f"{milliseconds:.4f}" if milliseconds < 0.1 else f"{milliseconds:.2f}"


def interval(record, name):
    if record is None or name not in record:
        return ""
    if name + "_low" not in record:
        return f"{record[name]:.2f} [few rounds]"
    return f"{record[name]:.2f} [{record[name + '_low']:.2f}, {record[name + '_high']:.2f}]"


def rows(header, threads, forms, cell):
    columns = [f"{t} thread{'s' if t > 1 else ''}" for t in threads]
    yield f"| {header} | {' | '.join(columns)} |"
    yield "|---" * (1 + len(threads)) + "|"
    for form, records in forms.items():
        name = f"**{form}**" if form.startswith("kron_eye") else form
        yield f"| {name} | {' | '.join(cell(records.get(t)) for t in threads)} |"


def table(key, forms):
    shape, data, types = key
    threads = sorted({t for records in forms.values() for t in records})
    rounds = sorted({r["repetitions"] for records in forms.values() for r in records.values()})
    yield f"### {shape}; {data}; {TYPES[types]}"
    yield ""
    yield f"Medians of {' and '.join(map(str, rounds))} rounds."
    yield ""
    yield from rows("ms", threads, forms, lambda r: number(r["real_time"]) if r else "")
    ours = {f: records for f, records in forms.items() if f.startswith("kron_eye")}
    compared = {
        f: records for f, records in ours.items()
        if any("best_blas_ratio" in r for r in records.values())
    }
    if compared:
        yield ""
        yield from rows("best BLAS form / this [95 %]", threads, compared,
                        lambda r: interval(r, "best_blas_ratio"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="JSON_FILE")
    contexts, tables = load(parser.parse_args().files)
    print("\n".join(head(contexts)))
    for key, forms in tables.items():
        print("\n" + "\n".join(table(key, forms)))


if __name__ == "__main__":
    main()
