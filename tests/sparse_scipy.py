"""Checks sparse_layer with SciPy: sparse_scipy.py SPARSE_LAYER.

SciPy writes matrices (compressed or not, both shapes, both index types, sorted or not, with
duplicates), sparse_layer computes, and the result is compared with SciPy's own product. Then come
broken files: each is rejected with one line, and no result is written.
"""
import os
import subprocess
import sys
import tempfile
import zipfile

SKIPPED = 77
try:
    import numpy as np
    import scipy
    import scipy.sparse as sparse
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(SKIPPED)

K, M, N, ROWS = 4, 7, 30, 11


def run(program, x):
    return subprocess.run([program, x, "w.npy", "y.npy"], capture_output=True, text=True)


def reads_npz(program):
    run_without = run(program, "none.npz")
    return "without libzip" not in run_without.stderr


def disordered(x, random):
    """The same matrix: rows in any order, an entry in two halves, a stored zero."""
    columns, values, starts = [], [], [0]
    for row in range(x.shape[0]):
        part = slice(x.indptr[row], x.indptr[row + 1])
        entries = [(c, v / 2) for c, v in zip(x.indices[part], x.data[part])] * 2 + [(0, 0.0)]
        random.shuffle(entries)
        columns += [c for c, _ in entries]
        values += [v for _, v in entries]
        starts.append(len(columns))
    return sparse.csr_matrix(
        (np.array(values, x.dtype), np.array(columns), np.array(starts)), shape=x.shape)


def compare(program, npz):
    random = np.random.RandomState(1)
    cases = 0
    for x_type, w_type in (("f4", "f4"), ("f8", "f8"), ("f4", "f8")):
        w = random.standard_normal((M, N)).astype(w_type)
        np.save("w.npy", w)
        for blocks in (1, K):
            for index_type in ("i4", "i8"):
                for disorder in (False, True):
                    x = sparse.random(ROWS, blocks * N, 0.2, "csr", x_type, random)
                    if disorder:
                        x = disordered(x, random)
                    x.indptr, x.indices = x.indptr.astype(index_type), x.indices.astype(index_type)
                    expected = (x.astype("f8") @ np.kron(np.eye(blocks), w.astype("f8")).T)
                    for compressed in (False, True):
                        sparse.save_npz("x.npz", x, compressed=compressed)
                        with zipfile.ZipFile("x.npz") as archive:
                            archive.extractall("x")
                        for path in ("x.npz", "x") if npz else ("x",):
                            if os.path.exists("y.npy"):
                                os.remove("y.npy")
                            done = run(program, path)
                            assert done.returncode == 0, done.stderr
                            y = np.load("y.npy")
                            assert y.dtype == w.dtype and y.shape == (ROWS, blocks * M), y.shape
                            tolerance = 1e-5 if w_type == "f4" else 1e-13
                            np.testing.assert_allclose(y, expected, rtol=0, atol=tolerance)
                            cases += 1
    assert cases == 3 * 2 * 2 * 2 * 2 * (2 if npz else 1), cases
    return cases


def refuse(program, npz):
    """Each broken part, in a directory and in an archive; then truncated or changed archives."""
    x = sparse.random(ROWS, K * N, 0.2, "csr", "f4", np.random.RandomState(2))
    parts = {"indptr": x.indptr, "indices": x.indices, "data": x.data,
             "shape": np.array(x.shape)}
    outside, falling = x.indices.copy(), x.indptr.copy()
    outside[5] = K * N
    falling[3] = falling[2] - 1
    broken = [("indices", outside), ("indices", -outside), ("indptr", falling),
              ("indptr", x.indptr + 1), ("indptr", x.indptr[:-1]), ("data", x.data[:-1]),
              ("data", x.data.astype("f2")), ("data", x.data.reshape(1, -1)),
              ("indices", x.indices.astype("i8")), ("indices", x.indices.astype("f4")),
              ("shape", np.array([ROWS, N - 1])), ("shape", np.array([-1, N])),
              ("shape", np.array([2**62, 2**62])), ("shape", np.array([ROWS]))]
    np.save("w.npy", np.ones((M, N), "f4"))
    cases = 0

    def expect_refusal(path):
        if os.path.exists("y.npy"):
            os.remove("y.npy")
        done = run(program, path)
        assert done.returncode == 1, (path, done)
        assert done.stderr.startswith("sparse_layer: ") and done.stderr.count("\n") == 1, done
        assert not os.path.exists("y.npy")
        return 1

    os.makedirs("bad", exist_ok=True)
    for name, wrong in broken:
        for other, right in parts.items():
            np.save(f"bad/{other}.npy", wrong if other == name else right)
        cases += expect_refusal("bad")
        np.savez("bad.npz", format=np.array(b"csr"), **{**parts, name: wrong})
        cases += expect_refusal("bad.npz")
    sparse.save_npz("csc.npz", x.tocsc())
    cases += expect_refusal("csc.npz")
    cases += expect_refusal("none.npz")
    sparse.save_npz("good.npz", x)
    with open("good.npz", "rb") as file:
        good = file.read()
    for end in range(0, len(good), 331):
        with open("cut.npz", "wb") as file:
            file.write(good[:end])
        cases += expect_refusal("cut.npz")
    # A changed byte may harm nothing (a date); the program ends well or says why it does not.
    for at in range(0, len(good), 41):
        with open("changed.npz", "wb") as file:
            file.write(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1:])
        done = run(program, "changed.npz")
        assert done.returncode in (0, 1), (at, done)
        assert done.returncode == 0 or done.stderr.count("\n") == 1, (at, done)
        cases += 1
    if npz:
        assert run(program, "good.npz").returncode == 0
    return cases


def answer(program):
    """Words on the command line, and outputs that are refused before any work."""
    def outcome(*words):
        done = subprocess.run([program, *words], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    status, out, err = outcome("--help")
    assert (status, err) == (0, "") and "--version" in out, (status, out, err)
    status, out, err = outcome("--version")
    assert (status, err) == (0, "") and out.startswith("sparse_layer (kron_eye) "), (out, err)
    x = sparse.random(ROWS, K * N, 0.2, "csr", "f4", np.random.RandomState(3))
    os.makedirs("parts", exist_ok=True)
    os.makedirs("bools", exist_ok=True)
    for folder in "parts", "bools":
        np.save(f"{folder}/indptr.npy", x.indptr)
        np.save(f"{folder}/indices.npy", x.indices)
        np.save(f"{folder}/data.npy", x.data if folder == "parts" else x.data != 0)
        np.save(f"{folder}/shape.npy", np.array(x.shape))
    np.save("w.npy", np.ones((M, N), "f4"))
    cases = [
        (("--blob",), "unrecognized option '--blob'; see --help"),
        (("parts", "w.npy"), "takes three names, X W.npy Y.npy, not 2; see --help"),
        ((), "not 0; see --help"),
        (("absent", "w.npy", "y.npy"), " absent: cannot be opened: No such file"),
        (("absent.npz", "w.npy", "y.npy"), " absent.npz: cannot be opened: No such file"),
        (("w.npy", "w.npy", "y.npy"), " w.npy: is neither a .npz file nor a folder"),
        (("bools", "w.npy", "y.npy"), " bools: data.npy holds elements that are not float32"),
        (("parts", "w.npy", "w.npy"), "cannot be written: it is the input w.npy"),
        (("parts", "w.npy", "parts/data.npy"), "it is the input parts/data.npy"),
        (("parts", "w.npy", "-"), " -: is no name for an output"),
        (("parts", "w.npy", "no/y.npy"), " no/y.npy: cannot be written: No such file"),
    ]
    for words, expected in cases:
        status, out, err = outcome(*words)
        assert status == 1 and out == "", (words, status, out)
        assert expected in err and err.count("\n") == 1, (words, err)
    assert np.array_equal(np.load("w.npy"), np.ones((M, N), "f4"))
    return len(cases) + 2


def main(program):
    np.save("w.npy", np.ones((M, N), "f4"))
    npz = reads_npz(program)
    compared, refused, answered = compare(program, npz), refuse(program, npz), answer(program)
    print(f"{compared} products, {refused} broken files, {answered} command lines, SciPy {scipy.__version__}, "
          f"{'with' if npz else 'without'} libzip")


if __name__ == "__main__":
    program_path = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main(program_path)
        os.chdir("/")
