#!/usr/bin/env python3
"""Do the tests notice a fault in the library? One small change at a time, and the tests are run.

    tests/mutate.py                     60 mutants, drawn
    tests/mutate.py --count 0           all of them (hours)
    tests/mutate.py --seed 2 --count 200 src/problem src/api

Works on a copy of the tracked and new files in a temporary folder; the checkout is not touched.
Prints each mutant with its fate and, last, the share that was killed and the survivors. A mutant
that does not compile is not counted; one that runs too long is killed.

Needs CMake, Ninja and a C compiler; ccache where it is found saves time. Not a test itself: many
mutants are right to survive (a threshold that changes only the time), so their list is read by a
person. tests/README.md has the last one.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACES = ["src/api", "src/problem", "src/plan", "src/run", "src/base"]
# Quick to fail first. Each runs on the machine's best path, some on the portable one too.
TESTS = ["test_status", "test_plan_arguments", "test_matvec_arguments", "test_csr_arguments",
         "test_blas_chunks", "test_memory", "test_exhaustive", "test_csr", "test_special",
         "test_kernels", "test_relations", "test_matvec", "test_accuracy", "test_plan",
         "test_invariance", "test_concurrency"]
# What is replaced, and by what. Spaces keep pointers and comments out.
SWAPS = [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "),
         (" != ", " == "), (" && ", " || "), (" || ", " && "), (" + ", " - "), (" - ", " + "),
         (" * ", " + "), (" / ", " * "), (" % ", " / "), ("(!", "("), (" 0;", " 1;"), (" 1;", " 0;"),
         ("return -", "return 1 - "), ("? ", "? !"), (" &= ", " |= "), (" += ", " -= "),
         ("continue;", ";"), ("return;", ";"), ("true", "false"), ("false", "true")]
BUILD_SECONDS, TEST_SECONDS = 300, 180


def code_only(text):
    """The text with comments, strings and preprocessor lines blanked, places kept."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    text = re.sub(r'"(\\.|[^"\\\n])*"', blank, text)
    return re.sub(r"^ *#.*$", blank, text, flags=re.M)


def mutants_of(path):
    text = path.read_text()
    code = code_only(text)
    for old, new in SWAPS:
        at = code.find(old)
        while at >= 0:
            yield path, at, old, new
            at = code.find(old, at + 1)


def copy_tree(to):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def build(folder, log):
    command = ["ninja", "-C", folder] + TESTS
    try:
        return subprocess.run(command, stdout=log, stderr=log, timeout=BUILD_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def killer(folder):
    """The first test that fails, or None."""
    for test in TESTS:
        for path in ["", "portable"] if test == "test_exhaustive" else [""]:
            environment = dict(os.environ, OMP_NUM_THREADS="4", OMP_WAIT_POLICY="passive")
            environment.pop("KRON_EYE_ISA", None)
            if path:
                environment["KRON_EYE_ISA"] = path
            try:
                done = subprocess.run([f"{folder}/tests/{test}"], env=environment,
                                      timeout=TEST_SECONDS, capture_output=True)
            except subprocess.TimeoutExpired:
                return test + " (time)"
            if done.returncode != 0:
                return test
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("places", nargs="*", default=PLACES, help="files or folders to change")
    parser.add_argument("--count", type=int, default=60, help="mutants to draw; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="kron_eye_mutants_"))
    source, folder = work / "source", str(work / "build")
    source.mkdir()
    copy_tree(source)
    files = sorted(f for place in options.places
                   for f in ([source / place] if (source / place).is_file()
                             else (source / place).rglob("*.[ch]")))
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    print(f"{len(mutants)} mutants in {len(files)} files", flush=True)
    random.Random(options.seed).shuffle(mutants)
    mutants = mutants[:options.count or len(mutants)]
    configure = ["cmake", "-G", "Ninja", "-S", str(source), "-B", folder,
                 "-D", "CMAKE_BUILD_TYPE=Release", "-D", "KRON_EYE_BUILD_BENCH=OFF"]
    if shutil.which("ccache"):
        configure += ["-D", "CMAKE_C_COMPILER_LAUNCHER=ccache"]
    with open(work / "log", "w") as log:
        subprocess.run(configure, check=True, stdout=log)
        if not build(folder, log) or killer(folder):
            sys.exit(f"the tests fail without a mutant: {work}")
        killed, survivors = 0, []
        for file, at, old, new in mutants:
            text = file.read_text()
            file.write_text(text[:at] + new + text[at + len(old):])
            line = text.count("\n", 0, at) + 1
            where = f"{file.relative_to(source)}:{line}: '{old}' -> '{new}'"
            if build(folder, log):
                by = killer(folder)
                print(f"{'killed by ' + by if by else 'SURVIVED':34} {where}", flush=True)
                if by:
                    killed += 1
                else:
                    survivors.append(where + "    " + text.splitlines()[line - 1].strip())
            file.write_text(text)
    counted = killed + len(survivors)
    print(f"{killed} of {counted} killed ({100 * killed / max(counted, 1):.1f} %)")
    for survivor in survivors:
        print(f"survivor: {survivor}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
