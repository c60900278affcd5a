#!/usr/bin/env python3
"""Do the tests notice a fault in the library? Makes one small change at a time and runs the tests.

    tests/mutate.py                     60 mutants, drawn at random
    tests/mutate.py --count 0           all of them (hours)
    tests/mutate.py --seed 2 --count 200 src/problem src/api

Works on a copy of the tracked and new files; the checkout is not touched. The first run compiles
the whole copy; `--work FOLDER` keeps it there for the next run. The outcome for a mutant is one of:

    killed by TEST     a test failed, or ran ten times as long as usual
    SURVIVED           no test failed: a gap, or a change that affects no promise
    argued equal       the change is listed in the table ARGUED below, with the reason. It is not
                       run unless --argued is given; if it is then killed, the argument is wrong
    same code          the compiler produces the same library
    does not compile

The percentage killed, printed last with the survivors, is of those killed or SURVIVED. Needs CMake,
Ninja and a C compiler. This is not a test itself: a person reads the survivors.
tests/RESULTS.md has the last ones.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACES = ["src/api", "src/problem", "src/plan", "src/run", "src/base"]
# Each runs on the machine's best path; test_exhaustive on the portable one too.
TESTS = ["test_status", "test_base", "test_threads", "test_describe", "test_plan_arguments",
         "test_matvec_arguments", "test_csr_arguments", "test_blas_chunks", "test_memory",
         "test_exhaustive", "test_csr", "test_special", "test_kernels", "test_relations",
         "test_matvec", "test_accuracy", "test_plan", "test_invariance", "test_concurrency"]
# The test to try first on a file's mutants, if that is not a quick one.
FIRST = {"src/run/sparse.c": "test_csr", "src/run/zeros.c": "test_special"}
# What is replaced, and by what. The spaces exclude pointers and comments.
SWAPS = [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "),
         (" != ", " == "), (" && ", " || "), (" || ", " && "), (" + ", " - "), (" - ", " + "),
         (" * ", " + "), (" / ", " * "), (" % ", " / "), ("(!", "("), (" 0;", " 1;"), (" 1;", " 0;"),
         ("return -", "return 1 - "), ("? ", "? !"), (" &= ", " |= "), (" += ", " -= "),
         ("continue;", ";"), ("return;", ";"), ("true", "false"), ("false", "true"),
         ("if (", "if (0) if ("), ("alpha", "beta"), ("beta", "alpha")]
BUILD_SECONDS, LEAST_TEST_SECONDS = 300, 20

# Places where a change affects no promise of the header, found by reading the code. For each file: a
# part of the line; the swaps meant, or ANY; the reason. The shorter this list, the better. If a line
# also holds something that matters (an address, a division), its other swaps are not listed.
ANY = ()
DEAL = "who does which rows, and in how many pieces; each row is done once, in any deal"
WAY = "which of the ways that give the same bits: only the time differs"
ROUTE = "which route or family AUTO takes; each has the promises that describe tells"
EQUAL = "both sides give the same at equality, the only case that differs"
EMPTY = "for a single row, whose stride is multiplied by 0"
HUGE = "differs only for a W of more bytes than there are addresses"
ARGUED = {
    "src/api/batch.c": [
        ("KRON_EYE_PACK_LEAST_ROWS", ANY, ROUTE),
        ("KRON_EYE_PACK_LEAST_WORK", ANY, ROUTE),
    ],
    "src/base/checked_size.h": [
        ("return a < b ? a : b;", (" < ",), EQUAL),
    ],
    "src/base/cpu.c": [
        ("i < (int)isa", (" < ",), EQUAL),
    ],
    "src/base/memory.c": [
        ("size > PTRDIFF_MAX", (" > ", " - "), HUGE),
        ("const size_t whole", (" - ",), "a line more than was asked for"),
    ],
    "src/plan/build.c": [
        ("plan->narrowness =", ANY, WAY),
        ("kron_eye_extent_fits(2, head", ("if (",), HUGE),
        ("kron_eye_fits(1, plan->panels[p]", ("if (", " + "), HUGE),
        ("panel > PTRDIFF_MAX", ("if (", " > ", " - "), HUGE),
        ("packed_bytes == SIZE_MAX ?", ("? ",), HUGE),
    ],
    "src/plan/choose.c": [
        ("options->zeros != KRON_EYE_ZEROS_SKIP", (" != ",), ROUTE),
        ("KRON_EYE_BLAS_LEAST_OUTPUTS", (" >= ", " > ", " / "), ROUTE),
        ("KRON_EYE_DOT_MOST_OUTPUTS", ANY, ROUTE),
        ("const size_t outputs = nr <", (" < ",), EQUAL),
    ],
    "src/plan/describe.c": [
        ("(writer)->length < (writer)->capacity", (" < ",), EQUAL),
    ],
    "src/plan/thresholds.h": [
        ("KRON_EYE_GROUP", ANY, WAY),
    ],
    "src/problem/csr.c": [
        ("batch > 1 ? ldy", (" > ",), EMPTY),
        ("c->rows > 1 ? c->ldx * size", (" > ",), EMPTY),
    ],
    "src/problem/from_plan.c": [
        ("rows > 1 ? ldw : columns", (" > ",), EMPTY),
        ("operands->ldx : 0, ldy = batch > 1", (" 0;",), EMPTY),
    ],
    "src/problem/overlap.c": [
        ("end(a) <= row_start(b, 0)", ("if (", " <= ", " || "),
         "a short cut: the merge below finds the same"),
        ("row_start(rows, rows->count - 1)", (" - ",), "the same short cut"),
    ],
    "src/run/blas.c": [
        ("limit ? 1 : limit;", (" > ",), EQUAL),
        ("if (batch <= 1 ||", ("if (", " <= ", " || "), "another cut into GEMMs"),
        ("batch >= left &&", ("if (", " >= "), "another cut into GEMMs"),
    ],
    "src/run/sparse.c": [
        ("if (op->left == 1) return s;", ("if (",), "what follows gives the same"),
        ("operands->batch > 1 &&", (" > ", " && "), "what follows gives the same"),
        ("(double)row * ROW_ENTRIES;", (" * ",), DEAL),
        ("weight(s, middle) <= target", (" <= ",), DEAL),
        ("deal->piece * (double)p", (" * ",), DEAL),
        ("weight(s, end) - weight(s, begin)", ANY, DEAL),
        ("deal.piece = weight", ANY, DEAL),
        ("const double work", ANY, DEAL),
        ("if (threads <= 1)", ("if (", " <= "), DEAL),
    ],
    "src/run/csr_check.c": [
        ("limit - 1 < most ?", (" < ",), EQUAL),
        ("kron_eye_run_threads(", ANY, DEAL),
        ("least(first + PIECE, end)", (" + ",), "the first piece looks at all"),
        ("while (i < end &&", (" < ",), "called only where there is a fault"),
    ],
    "src/run/csr_dense.c": [
        ("kron_eye_run_threads(", ANY, DEAL),
        ("cols - j < STRIP", (" < ",), EQUAL),
        ("cols - j < SOME", (" < ",), EQUAL),
        ("!any_##T(x + j)) continue;", ("if (", "continue;"), WAY),
        ("if (end - k >= SOME)", ("if (", " >= "), WAY),
    ],
    "src/run/rows.c": [
        ("if (batch == 1 ||", ("if (", " || "), WAY),
        ("if (batch >= left)", ANY, WAY),
        ("panel->columns) return", ("if (",), WAY),
        ("panel->lists) return", ("if (",), WAY),
        (".rows_after =", ANY, "what is prefetched"),
        ("in_run - rows, x, y", ANY, "what is prefetched"),
        ("const size_t x_bytes", ANY, DEAL),
        ("KRON_EYE_GROUP", ANY, DEAL),
        ("return fitting > mr ?", (" > ", " / ", " * "), DEAL),
        ("zeros.next += begin", ANY, WAY),
        ("const double work", ANY, DEAL),
        ("if (threads <= 1)", ("if (", " <= "), DEAL),
        ("pieces_wanted =", ANY, DEAL),
        ("size_t groups =", (" - ", " / "), DEAL),
        ("size_t piece =", (" - ", " / ", " * "), DEAL),
        ("ptrdiff_t pieces =", (" - ",), DEAL),
    ],
    "src/run/threads.c": [
        ("limit < (size_t)threads", (" < ",), EQUAL),
    ],
    "src/run/zeros.c": [
        ("size_t s = 0; s < samples", (" < ", " 0;"), WAY),
        ("in_column[j] +=", (" += ", " != ", " 0;"), WAY),
        ("sum.", ANY, WAY),
        ("view->samples += ", ANY, WAY),
        ("double weight", ANY, WAY),
        ("view->density +=", ANY, WAY),
        ("view->columns +=", ANY, WAY),
        ("return (double)rows", ANY, WAY),
        ("view->next += 7", ANY, WAY),
        ("KRON_EYE_SKIP_LEAST_INPUTS;", ANY, WAY),
        ("zeros == KRON_EYE_ZEROS_AUTO};", (" == ",), WAY),
        ("KRON_EYE_SAMPLE_FIRST_WORK;", ANY, WAY),
        ("worth >= 1;", (" >= ", " 1;"), WAY),
        ("worth < FIRST_SAMPLES ?", ANY, WAY),
        ("zeros == KRON_EYE_ZEROS_SKIP &&", (" == ", "? "), WAY),
        ("view->unseen", ANY, WAY),
        ("const double columns =", ANY, WAY),
        ("const double lists =", ANY, WAY),
        ("kron_eye_skip_below &&", ANY, WAY),
        ("return columns <= lists", ANY, WAY),
    ],
}


def code_only(text):
    """The text with comments, strings and preprocessor lines blanked, places kept."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    text = re.sub(r'"(\\.|[^"\\\n])*"', blank, text)
    return re.sub(r"^ *#.*$", blank, text, flags=re.M)


Mutant = collections.namedtuple("Mutant", "file at old new line text")


def mutants_of(path):
    text = path.read_text()
    code, lines = code_only(text), text.splitlines()
    for old, new in SWAPS:
        for match in re.finditer(rf"\b{old}\b" if old.isalpha() else re.escape(old), code):
            line = text.count("\n", 0, match.start())
            yield Mutant(path, match.start(), old, new, line + 1, lines[line].strip(" \\"))


def argument(name, mutant):
    """The reason why it is argued to be equal, or None."""
    for part, swaps, reason in ARGUED.get(name, []):
        if part in mutant.text and (swaps == ANY or mutant.old in swaps):
            return reason
    return None


def copy_tree(to):
    """The tracked and new files. What is there already and the same is not written again."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = {name for name in listed.splitlines() if (ROOT / name).is_file()}
    for old in [path for path in to.rglob("*") if path.is_file()]:
        if str(old.relative_to(to)) not in names:
            old.unlink()
    for name in names:
        content = (ROOT / name).read_bytes()
        if not (to / name).is_file() or (to / name).read_bytes() != content:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


class Bench:
    """A copy of the source, its build folder, and what is known of the tests."""

    def __init__(self, work):
        self.source, self.folder = work / "source", work / "build"
        self.source.mkdir(parents=True, exist_ok=True)
        self.log = open(work / "log", "w")
        self.seconds = {}                                       # of each run, unchanged
        self.kills = collections.defaultdict(collections.Counter)  # by file, of each run
        copy_tree(self.source)
        subprocess.run(["cmake", "-G", "Ninja", "-S", self.source, "-B", self.folder,
                        "-D", "CMAKE_BUILD_TYPE=Release", "-D", "KRON_EYE_BUILD_BENCH=OFF"],
                       check=True, stdout=self.log)
        for test in TESTS:
            if not self.build(test):
                sys.exit(f"{test} does not build without a mutant: {work}/log")
            for path in ["", "portable"] if test == "test_exhaustive" else [""]:
                start = time.monotonic()
                if self.fails(test, path, None):
                    sys.exit(f"{test} fails without a mutant: {work}/log")
                self.seconds[test, path] = time.monotonic() - start
        self.library = self.archive()
        for file, test in FIRST.items():
            self.kills[self.source / file][test, ""] = 1

    def build(self, target):
        try:
            return subprocess.run(["ninja", "-j1", "-C", self.folder, target], stdout=self.log,
                                  stderr=self.log, timeout=BUILD_SECONDS).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def archive(self):
        return (self.folder / "libkron_eye.a").read_bytes()

    def fails(self, test, path, limit):
        environment = dict(os.environ, OMP_NUM_THREADS="4", OMP_WAIT_POLICY="passive")
        environment.pop("KRON_EYE_ISA", None)
        if path:
            environment["KRON_EYE_ISA"] = path
        try:
            return subprocess.run([self.folder / "tests" / test], env=environment, timeout=limit,
                                  stdout=self.log, stderr=self.log).returncode != 0
        except subprocess.TimeoutExpired:
            return True

    def killer(self, file):
        """The first run that fails, or None. First those that killed mutants of this file, then
        the quick ones."""
        order = sorted(self.seconds, key=lambda run: (-self.kills[file][run], self.seconds[run]))
        for test, path in order:
            limit = LEAST_TEST_SECONDS + 10 * self.seconds[test, path]
            if not self.build(test) or self.fails(test, path, limit):
                self.kills[file][test, path] += 1
                return f"{test}.{path}".rstrip(".")
        return None

    def fate(self, mutant):
        """A header is in many objects: these are kept, as compiling all again takes longer."""
        text, times = mutant.file.read_text(), mutant.file.stat()
        kept = self.folder.with_suffix(".kept") if mutant.file.suffix == ".h" else None
        if kept:
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.folder, kept, symlinks=True)
        end = mutant.at + len(mutant.old)
        mutant.file.write_text(text[:mutant.at] + mutant.new + text[end:])
        try:
            if not self.build("kron_eye"):
                return "does not compile"
            if self.archive() == self.library:
                return "same code"
            killer = self.killer(mutant.file)
            return f"killed by {killer}" if killer else "SURVIVED"
        finally:
            mutant.file.write_text(text)
            if kept:
                os.utime(mutant.file, ns=(times.st_atime_ns, times.st_mtime_ns))
                shutil.rmtree(self.folder)
                kept.rename(self.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("places", nargs="*", default=PLACES, help="files or folders to change")
    parser.add_argument("--count", type=int, default=60, help="mutants to draw; 0: all")
    parser.add_argument("--skip", type=int, default=0, help="of the order drawn, to go on")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--argued", action="store_true", help="run those argued equal too")
    parser.add_argument("--work", type=pathlib.Path, help="a folder to work in and to keep")
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="kron_eye_mutants_"))
    bench = Bench(work.resolve())
    files = sorted(f for place in options.places
                   for f in ([bench.source / place] if (bench.source / place).is_file()
                             else (bench.source / place).rglob("*.[ch]")))
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    print(f"{len(mutants)} mutants in {len(files)} files; the tests take "
          f"{sum(bench.seconds.values()):.0f} s", flush=True)
    for file, entries in ARGUED.items():
        for part, _, _ in entries:
            path = bench.source / file
            if not path.is_file() or part not in path.read_text():
                print(f"ARGUED is out of date: {file}: {part}")
    random.Random(options.seed).shuffle(mutants)
    fates, survivors = collections.Counter(), []
    for mutant in mutants[options.skip:][:options.count or len(mutants)]:
        name = str(mutant.file.relative_to(bench.source))
        where = f"{name}:{mutant.line}: '{mutant.old}' -> '{mutant.new}'    {mutant.text}"
        reason = argument(name, mutant)
        fate = bench.fate(mutant) if reason is None or options.argued else "not run"
        if reason is not None:
            fate, where = f"argued equal, {fate}", f"{where}    ({reason})"
        print(f"{fate:34} {where}", flush=True)
        fates[fate.split(" by ")[0].split(", ")[0]] += 1
        if fate == "SURVIVED":
            survivors.append(where)
    counted = fates["killed"] + fates["SURVIVED"]
    share = 100 * fates["killed"] / max(counted, 1)
    print(f"{fates['killed']} of {counted} killed ({share:.1f} %)")
    for fate in "argued equal", "same code", "does not compile":
        print(f"{fates[fate]} more: {fate}")
    for survivor in survivors:
        print(f"survivor: {survivor}")
    if not options.work:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
