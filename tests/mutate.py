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
PLACES = ["src/api", "src/problem", "src/plan", "src/run", "src/base", "src/chain", "src/sparse"]
# Each runs on the machine's best path; test_exhaustive on the portable one too.
TESTS = ["test_status", "test_base", "test_empty", "test_threads", "test_describe",
         "test_plan_arguments",
         "test_matvec_arguments", "test_operator_arguments", "test_csr_arguments",
         "test_chain_arguments", "test_gradient_arguments", "test_blas_chunks", "test_memory", "test_exhaustive", "test_csr",
         "test_csr_edges", "test_csr_starts", "test_special", "test_exceptions", "test_environment",
         "test_errno", "test_factors", "test_strides", "test_versions", "test_choice",
         "test_kernels", "test_relations", "test_matvec", "test_accuracy", "test_plan",
         "test_operator", "test_operator_promises", "test_operator_relations",
         "test_operator_exhaustive", "test_situations", "test_fused", "test_update", "test_gradient",
         "test_gradient_relations", "test_chain", "test_chain_relations", "test_invariance",
         "test_concurrency", "test_stack"]
TESTS += [f"fuzz_replay_{name}" for name in ("csr", "differential", "operator", "gradient", "chain")]
# The test to try first on a file's mutants, if that is not a quick one.
FIRST = {"src/run/sparse.c": "test_csr", "src/run/zeros.c": "test_special",
         "src/run/outer.c": "test_gradient", "src/kernel/outer_body.h": "test_gradient",
         "src/kernel/lane_body.h": "test_operator", "src/kernel/tuple_body.h": "test_operator",
         "src/kernel/check_body.h": "test_csr_edges", "src/kernel/compress_body.h": "test_csr_edges"}
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
WAYS_OF_CHAIN = "which factors are multiplied out; each way is within the bound"
EQUAL = "both sides give the same at equality, the only case that differs"
EMPTY = "for a single row, whose stride is multiplied by 0"
HUGE = "differs only for a W of more bytes than there are addresses"
ARGUED = {
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
    "src/base/threads.c": [
        ("limit < (size_t)threads", (" < ",), EQUAL),
        ("return (int)(busy < most", (" < ",), EQUAL),
    ],
    "src/base/thresholds.h": [
        ("KRON_EYE_GROUP", ANY, WAY),
    ],
    "src/plan/build.c": [
        ("plan->narrowness =", ANY, WAY),
        ("KRON_EYE_VECTORS_MAX * lanes", ANY, HUGE),
        ("kron_eye_fits(1, most, n + lanes", ("if (", " + "), HUGE),
        ("size > PTRDIFF_MAX", ("if (", " > ", " - "), HUGE),
    ],
    "src/plan/choose.c": [
        ("options->zeros != KRON_EYE_ZEROS_SKIP", (" != ",), ROUTE),
        ("KRON_EYE_BLAS_MIN_OUTPUTS", (" >= ", " > ", " / "), ROUTE),
        ("KRON_EYE_PACK_", ANY, ROUTE),
        ("const double ws", ANY, ROUTE),
        ("const double gain", ANY, ROUTE),
        ("KRON_EYE_DOT_MAX_OUTPUTS", (" <= ", " >= ", " / ", " - "), ROUTE),
        ("v <= KRON_EYE_VECTORS_MAX; v++", (" <= ",), "W by rows: only the first is looked up"),
        ("const size_t tiles = KRON_EYE_LANE_STRIP_BYTES", ANY, WAY),
        ("const size_t fitting =", ANY, WAY),
        ("plan->group = group_of(", (" * ",), WAY),
        ("x_bytes >= y_bytes", ANY, WAY),
        ("const size_t together", ANY, WAY),
        ("return fitting > together", (" > ", " / ", "? "), WAY),
        ("fitting >= KRON_EYE_GROUP_ROWS", ANY, WAY),
        ("return fitting > mr", (" > ", " / ", "? "), WAY),
    ],
    "src/plan/choose_right.c": [
        ("const size_t loads =", ANY, WAY),
        ("double column = (double)(loads", ANY, WAY),
        ("KRON_EYE_LANE_TILE_WORK", ANY, WAY),
        ("if (vectors == 1) return tile", ANY, WAY),
        ("rest = vectors % nv", ANY, WAY),
        ("return (double)whole * tile", ANY, WAY),
        ("longer = c->op->m % cut->panels", (" % ",), WAY),
        ("const size_t outputs = c->op->m / cut->panels", (" / ",), WAY),
        ("(double)(cut->panels - longer)", ANY, WAY),
        ("return longer == 0 ? cost", ANY, WAY),
        ("vectors <= widest(c, KRON_EYE_LANE)", (" <= ",), WAY),
        ("cut.cost < best.cost ||", (" < ",), WAY),
        ("(cut.cost <= best.cost && cut.panels", ANY, WAY),
        ("const size_t fills =", ANY, WAY),
    ],
    "src/problem/from_chain.c": [
        (".w_empty = true", ("true",), "an identity has no W that anybody reads"),
    ],
    "src/problem/from_csr.c": [
        ("batch > 1 ? ldy", (" > ",), EMPTY),
        ("c->rows > 1 ? c->ldx * size", (" > ",), EMPTY),
    ],
    "src/problem/from_shape.c": [
        ("rows > 1 ? ldw : columns", (" > ",), EMPTY),
    ],
    "src/run/outer.c": [
        ("KRON_EYE_SKIP_MIN_INPUTS;", (" >= ", " || ", " == "), WAY),
        ("KRON_EYE_GRADIENT_LOOK", ANY, WAY),
        ("kron_eye_gradient_skip_below", ANY, WAY),
        ("look->interval *=", ANY, WAY),
        ("task->ahead =", ANY, "what is prefetched"),
        ("walk->even =", ANY, "what is prefetched"),
        ("const size_t wanted = threads", ANY, DEAL),
        ("const size_t slices = least", ANY, DEAL),
        ("const double w = (double)walk.blocks", ANY, DEAL),
    ],
    "src/run/sparse.c": [
        ("if (op->left == 1) return s;", ("if (",), "what follows gives the same"),
        ("operands->batch > 1 &&", (" > ", " && "), "what follows gives the same"),
        ("(double)row * KRON_EYE_CSR_ROW_ENTRIES;", (" * ",), DEAL),
        ("weight(s, middle) <= target", (" <= ",), DEAL),
        ("cut->piece * (double)p", (" * ",), DEAL),
        ("weight(s, end) - weight(s, begin)", ANY, DEAL),
        ("cut.piece = weight", ANY, DEAL),
        ("const double work", ANY, DEAL),
        ("if (threads <= 1)", ("if (", " <= "), DEAL),
    ],
    "src/run/rows.c": [
        ("panel->columns) return", ("if (",), WAY),
        ("panel->lists) return", ("if (",), WAY),
        ("task->rows_after =", ANY, "what is prefetched"),
        ("zeros.next += begin", ANY, WAY),
        ("const double work", ANY, DEAL),
        ("if (threads <= 1)", ("if (", " <= "), DEAL),
        ("const size_t wanted =", (" * ",), DEAL),
        ("size_t groups =", (" - ", " / "), DEAL),
        ("walk->slices = least", (" - ", " / "), DEAL),
    ],
    "src/run/ways.c": [
        ("ways->budget = ", ANY, WAY),
        ("return get(", ANY, WAY),
        ("if (known(ways, w)", ANY, WAY),
        ("return lowest", ANY, WAY),
        ("if (times[w] < times[best])", ANY, WAY),
        ("const double change", ANY, WAY),
        ("return change >", ANY, WAY),
        ("return count(", ANY, WAY),
        ("KRON_EYE_TRY_AGAIN_GROUPS", ANY, WAY),
        ("return estimates[best]", ANY, WAY),
        ("return estimate *", ANY, WAY),
        ("estimates->excess", ANY, WAY),
        ("ways->budget == 0", ANY, WAY),
        ("const double excess", ANY, WAY),
        ("w == best ||", ANY, WAY),
        ("!worth_a_try(", ANY, WAY),
        ("const double estimate =", ANY, WAY),
        ("if (rate <= old)", ANY, WAY),
        ("if (second) return", ANY, WAY),
        ("return old + ", ANY, WAY),
        ("known(ways, (int)way)", ANY, WAY),
        ("set(&ways->", ANY, WAY),
        ("before + 1", ANY, WAY),
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
        ("KRON_EYE_SKIP_MIN_INPUTS);", (" >= ",), WAY),
        ("const double worth =", ANY, WAY),
        ("(!automatic || worth >= 1)", (" >= ", " || ", "(!"), WAY),
        ("worth < KRON_EYE_SAMPLES_FIRST", ANY, WAY),
        ("kron_eye_run_ways_start(", ANY, WAY),
        ("view->unseen", ANY, WAY),
        ("const double narrow", ANY, WAY),
        ("cost->", ANY, WAY),
        ("view->ways->budget", ANY, WAY),
    ],
    "src/sparse/check.c": [
        ("kron_eye_base_threads(", ANY, DEAL),
        ("least(first + KRON_EYE_CSR_CHECK_PIECE", (" + ",), "the first piece looks at all"),
    ],
    "src/sparse/convert.c": [
        ("kron_eye_base_threads(", ANY, DEAL),
        (".fetch =", ANY, "what is prefetched"),
        ("KRON_EYE_CSR_CONVERT_NEAR", ANY, "what is prefetched"),
        ("KRON_EYE_CSR_CONVERT_PIECE /", ANY, DEAL),
    ],
    "src/chain/fold.c": [
        ("most / right->m", ANY, WAYS_OF_CHAIN),
        ("const double together", ANY, WAYS_OF_CHAIN),
        ("return together <=", ANY, WAYS_OF_CHAIN),
        ("apart(left, right);", ANY, WAYS_OF_CHAIN),
        ("const double a_cost", ANY, WAYS_OF_CHAIN),
        ("const double a_first", ANY, WAYS_OF_CHAIN),
        ("b_first = ", ANY, WAYS_OF_CHAIN),
        ("return a_first < b_first", ANY, WAYS_OF_CHAIN),
        ("if (at_end) most", ANY, WAYS_OF_CHAIN),
    ],
    "src/chain/chain_build.c": [
        ("(bytes + KRON_EYE_ALIGNMENT - 1)", (" - ",), "a line more than is needed"),
    ],
    "src/chain/chain_run.c": [
        ("if (o.batch == 1)", ("if (",), EMPTY),
        ("return chain->rows_apart &&", (" && ",), DEAL),
        ("5 * (double)batch", ANY, DEAL),
        ("const double work", ANY, DEAL),
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

    def __init__(self, work, tests):
        self.source, self.folder = work / "source", work / "build"
        self.source.mkdir(parents=True, exist_ok=True)
        self.log = open(work / "log", "w")
        self.seconds = {}                                       # of each run, unchanged
        self.kills = collections.defaultdict(collections.Counter)  # by file, of each run
        copy_tree(self.source)
        subprocess.run(["cmake", "-G", "Ninja", "-S", self.source, "-B", self.folder,
                        "-D", "CMAKE_BUILD_TYPE=Release", "-D", "KRON_EYE_BUILD_BENCH=OFF"],
                       check=True, stdout=self.log)
        for test in tests:
            if not self.build(test):
                sys.exit(f"{test} does not build without a mutant: {work}/log")
            for path in ["", "portable"] if test == "test_exhaustive" else [""]:
                start = time.monotonic()
                if self.fails(test, path, None):
                    sys.exit(f"{test} fails without a mutant: {work}/log")
                self.seconds[test, path] = time.monotonic() - start
        self.library = self.archive()
        for file, test in FIRST.items():
            if test in tests:
                self.kills[self.source / file][test, ""] = 1

    def build(self, target):
        try:
            return subprocess.run(["ninja", "-j1", "-C", self.folder, target], stdout=self.log,
                                  stderr=self.log, timeout=BUILD_SECONDS).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def archive(self):
        return (self.folder / "libkron_eye.a").read_bytes()

    def command(self, test):
        replayed = test.removeprefix("fuzz_replay_")
        corpus = [] if replayed == test else ["1", self.source / "tests/corpus" / replayed]
        return [self.folder / "tests" / test] + corpus

    def fails(self, test, path, limit):
        environment = dict(os.environ, OMP_NUM_THREADS="4", OMP_WAIT_POLICY="passive")
        environment.pop("KRON_EYE_ISA", None)
        if path:
            environment["KRON_EYE_ISA"] = path
        try:
            return subprocess.run(self.command(test), env=environment, timeout=limit,
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
    parser.add_argument("--tests", nargs="+", default=TESTS, help="only these programs")
    parser.add_argument("--argued", action="store_true", help="run those argued equal too")
    parser.add_argument("--work", type=pathlib.Path, help="a folder to work in and to keep")
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="kron_eye_mutants_"))
    bench = Bench(work.resolve(), options.tests)
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
