#!/usr/bin/env python3
"""The published NumPy and SciPy forms of y = (I_k (x) W) x, in kron_eye_bench's own table.

    numpy_forms.py BUILD/bench/kron_eye_bench [OPTION]...

runs the bench with these forms added: on the same arrays, in the same rounds, checked against the same bound. The bench starts `numpy_forms.py --serve`; external.h describes the protocol. This needs NumPy, and SciPy for the CSR forms.
"""

import os
import shlex
import sys
import time

try:
    import numpy as np
except ImportError:
    np = None
try:
    import scipy
    import scipy.sparse
except ImportError:
    scipy = None


def dense_forms(x, w, rows, blocks):
    """Name -> function that returns y in any shape whose C order is that of y."""
    m, n = w.shape
    tall = x.reshape(rows * blocks, n)
    cube = x.reshape(rows, blocks, n)
    return {
        "NumPy: X.reshape(-1, n) @ W.T": lambda: tall @ w.T,
        "NumPy: (W @ X.reshape(-1, n).T).T": lambda: (w @ tall.T).T,
        "NumPy: X.reshape(r, k, n) @ W.T": lambda: cube @ w.T,
        "NumPy: swapaxes, W @ a row's blocks": lambda: (w @ cube.swapaxes(1, 2)).swapaxes(1, 2),
        "NumPy: tensordot(X, W)": lambda: np.tensordot(cube, w, axes=(2, 1)),
        "NumPy: einsum, optimize": lambda: np.einsum("rkj,ij->rki", cube, w, optimize=True),
        "NumPy: a Python loop over rows": lambda: np.stack([row @ w.T for row in cube]),
    }


def sparse_forms(x, w, rows, blocks):
    """The same with x as CSR, made before the clock starts."""
    csr = scipy.sparse.csr_matrix(x.reshape(rows * blocks, w.shape[1]))
    return {
        "SciPy: csr(X) @ W.T": lambda: csr @ w.T,
        "SciPy: (W @ csr(X).T).T": lambda: (w @ csr.T).T,
    }


def arrays_of(kind, x, w):
    """x and W in the types that a suffix of kron_eye names."""
    if kind == "f64":
        x = x.astype(np.float64)
    if kind == "f32":
        w = w.astype(np.float32)
    return x, w


class Server:
    def __init__(self):
        self.forms = []
        self.directory = None

    def load(self, directory, rows, blocks, *kinds):
        self.directory = directory
        rows, blocks = int(rows), int(blocks)
        wanted = [kind for kind in kinds if kind in ("f32", "f64", "f32_f64")]
        if np is None:
            return [f"absent {kind}\tNumPy\tnot installed" for kind in wanted] + ["ready"]
        answers = []
        x_file = np.load(os.path.join(directory, "x.npy"))
        w_file = np.load(os.path.join(directory, "w.npy"))
        for kind in wanted:
            x, w = arrays_of(kind, x_file, w_file)
            found = {(name, f"NumPy {np.__version__}"): run
                     for name, run in dense_forms(x, w, rows, blocks).items()}
            if scipy is None:
                answers.append(f"absent {kind}\tSciPy\tnot installed")
            else:
                found.update({(name, f"SciPy {scipy.__version__}"): run
                              for name, run in sparse_forms(x, w, rows, blocks).items()})
            for (name, note), run in found.items():
                self.forms.append((run, w.dtype, (rows, blocks * w.shape[0])))
                answers.append(f"form {kind}\t{name}\t{note}")
        return answers + ["ready"]

    def save(self, number):
        run, dtype, shape = self.forms[int(number)]
        y = np.ascontiguousarray(run(), dtype=dtype).reshape(shape)
        np.save(os.path.join(self.directory, "y.npy"), y)
        return ["saved"]

    def time(self, number, count):
        run = self.forms[int(number)][0]
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(int(count)):
            run()
        return [f"{time.perf_counter() - wall!r} {time.process_time() - processor!r}"]


def serve():
    server = Server()
    commands = {"load": server.load, "save": server.save, "time": server.time}
    for line in sys.stdin:
        word, *arguments = line.split()
        print("\n".join(commands[word](*arguments)), flush=True)


def main():
    if sys.argv[1:] == ["--serve"]:
        serve()
    elif len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
    else:
        bench = sys.argv[1]
        me = f"{shlex.quote(sys.executable)} {shlex.quote(os.path.abspath(__file__))} --serve"
        os.execv(bench, [bench, "--with", me, *sys.argv[2:]])


if __name__ == "__main__":
    main()
