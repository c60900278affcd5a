"""kron_eye.dask on each scheduler, against NumPy's forms; chunks that cut blocks; big files."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import assert_close, kron_rows, make

import kron_eye

da = pytest.importorskip("dask.array")
from kron_eye import dask as kd  # noqa: E402

pytestmark = pytest.mark.dask

W, DATA = make((3, 4), "f8"), make((50, 24), "f8", seed=2)


@pytest.fixture(scope="module", params=["synchronous", "threads", "processes", "distributed"])
def scheduler(request):
    """An argument for compute()."""
    if request.param != "distributed":
        yield request.param
        return
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True,
                                  dashboard_address=":0") as cluster:
        with distributed.Client(cluster, set_as_default=False) as client:
            yield client


def test_every_scheduler(scheduler):
    inputs = [da.from_array(DATA, chunks=chunks)
              for chunks in ((7, 24), (50, (4, 8, 12)), (20, 8))]
    results = [kd.apply(W, x, blocks=6) for x in inputs]
    for x, y in zip(inputs, results):
        assert y.dtype == np.float64 and y.shape == (50, 18)
        assert y.chunks == (x.chunks[0], tuple(width // 4 * 3 for width in x.chunks[1]))
    total = sum(results[1:], results[0])  # one computation: processes are slow to start
    np.testing.assert_array_equal(total.compute(scheduler=scheduler),
                                  kron_eye.apply(W, DATA) * 3)


def test_every_pair_of_types(pair):
    data_type, w_type = pair
    w, data = make((3, 4), w_type), make((9, 8), data_type, seed=2)
    y = kd.apply(w, da.from_array(data, chunks=(4, 4)), alpha=-0.5)
    assert y.dtype == w_type and isinstance(y._meta, np.ndarray) and y._meta.dtype == w_type
    assert_close(y.compute(scheduler="threads"), -0.5 * kron_rows(w, data, 2), w, data)


def test_other_ranks():
    expected = kron_eye.apply(W, DATA)
    cube = da.from_array(DATA.reshape(50, 6, 4), chunks=(20, (1, 3, 2), 4))
    y = kd.apply(W, cube)
    assert y.chunks == (cube.chunks[0], cube.chunks[1], (3,))
    assert np.array_equal(y.compute(), expected.reshape(50, 6, 3))
    row = kd.apply(W, da.from_array(DATA[0], chunks=8))
    assert row.chunks == ((6, 6, 6),) and np.array_equal(row.compute(), expected[0])


def test_chunks_of_any_layout():
    for data in (np.asfortranarray(DATA), DATA[::-1], np.repeat(DATA, 2, axis=1)[:, ::2]):
        x = da.from_array(data, chunks=(7, 8))
        assert np.array_equal(kd.apply(W, x).compute(), kron_eye.apply(W, data.copy(order="C")))


def test_a_w_for_each_block():
    w = make((6, 3, 4), "f8")
    for x in (da.from_array(DATA, chunks=(20, (4, 8, 12))),
              da.from_array(DATA.reshape(50, 6, 4), chunks=(20, (1, 3, 2), 4))):
        y = kd.apply(w, x).compute()
        assert np.array_equal(y.reshape(50, 18), kron_eye.apply(w, DATA))
    with pytest.raises(ValueError, match="has 5 Ws for 6 blocks"):
        kd.apply(w[1:], x)


def test_mode_product(scheduler):
    w, array = make((7, 4), "f4"), make((6, 5, 4, 3), "f4", seed=2)
    x = da.from_array(array, chunks=(2, (3, 2), 4, 2))
    y = kd.mode_product(w, x, axis=-2, alpha=2)
    assert y.dtype == np.float32 and y.chunks == (x.chunks[:2] + ((7,), (2, 1)))
    np.testing.assert_allclose(y.compute(scheduler=scheduler),
                               2 * np.einsum("ij,abjc->abic", w, array), rtol=1e-4, atol=1e-4)


def test_mode_product_of_any_layout_and_what_it_refuses():
    w, array = make((7, 4), "f8"), make((3, 4, 6), "f8", seed=2)
    x = da.from_array(np.asfortranarray(array), chunks=(1, 4, 3))
    expected = kron_eye.mode_product(w, array, 1)
    assert np.array_equal(kd.mode_product(w, x, 1).compute(), expected)
    assert np.array_equal(kd.mode_product(w.T, x, 1, transpose=True).compute(), expected)
    for error, words, wrong in (
            (ValueError, r"chunks of 2 values cut axis 1, .*x.rechunk\({1: -1}\)",
             lambda: kd.mode_product(w, x.rechunk({1: 2}), 1)),
            (ValueError, "has 6 values along axis 2, and", lambda: kd.mode_product(w, x)),
            (ValueError, "axis 3 is out of bounds", lambda: kd.mode_product(w, x, 3)),
            (ValueError, "w must be of shape", lambda: kd.mode_product(np.ones((3, 7, 4)), x, 1)),
            (TypeError, "x must be a dask.array.Array", lambda: kd.mode_product(w, array, 1))):
        with pytest.raises(error, match=words):
            wrong()


def test_in_a_longer_graph():
    x = da.from_array(DATA, chunks=(7, 24))
    y = (kd.apply(W, x.T.T * 2) + 1).sum(axis=1)
    np.testing.assert_allclose(y.compute(), (kron_eye.apply(W, 2 * DATA) + 1).sum(axis=1))
    lonely = kd.apply(W, x[x[:, 0] > 0])  # so many rows as nobody knows yet
    assert np.isnan(lonely.shape[0])
    assert np.array_equal(lonely.compute(), kron_eye.apply(W, DATA[DATA[:, 0] > 0]))


def test_equal_calls_have_equal_names():
    x = da.from_array(DATA, chunks=(7, 24))
    assert kd.apply(W, x).name == kd.apply(W.copy(), x).name
    names = {kd.apply(W, x).name, kd.apply(-W, x).name, kd.apply(W, x, alpha=2).name,
             kd.apply(W, x, zeros="skip").name, kd.apply(W, x.rechunk((9, 24))).name}
    assert len(names) == 5


@pytest.mark.parametrize("chunks,words", [
    ((50, 6), r"chunks of 6 values along axis 1 cut blocks of 4.*x.rechunk\({1: 4}\)"),
    ((50, (9, 9, 6)), r"chunks of 6, 9 values .*x.rechunk\({1: 8}\)"),
    ((50, (1,) * 24), r"x.rechunk\({1: 4}\)"),
])
def test_chunks_that_cut_a_block(chunks, words):
    x = da.from_array(DATA, chunks=chunks)
    with pytest.raises(ValueError, match=words):
        kd.apply(W, x)
    whole = x.rechunk({1: int(words.split(": ")[1].split("}")[0])})
    assert np.array_equal(kd.apply(W, whole).compute(), kron_eye.apply(W, DATA))


def test_what_is_refused():
    x = da.from_array(DATA, chunks=(7, 24))
    cube = x.reshape(50, 6, 4)
    for error, words, wrong in (
            (ValueError, r"chunks of \(2, 2\) values cut .*x.rechunk\({2: -1}\)",
             lambda: kd.apply(W, cube.rechunk({2: 2}))),
            (ValueError, "has no blocks of 4", lambda: kd.apply(W, cube.transpose(0, 2, 1)
                                                                .rechunk({2: -1}))),
            (ValueError, "has 6 blocks, not 5", lambda: kd.apply(W, x, blocks=5)),
            (TypeError, "blocks must be an integer, not str", lambda: kd.apply(W, x, blocks="6")),
            (TypeError, "alpha must be a real number", lambda: kd.apply(W, x, alpha="2")),
            (TypeError, "x of complex128 .*float32$", lambda: kd.apply(W, x * 1j)),
            (TypeError, "y must be a dask.array.Array, not ndarray; numpy.save",
             lambda: kd.to_npy("y.npy", DATA)),
            (ValueError, "compute_chunk_sizes", lambda: kd.apply(W, x[x[:, 0] > 0].T)),
            (ValueError, "is not", lambda: kd.apply(W, x.reshape(50, 1, 6, 4))),
            (ValueError, "is not", lambda: kd.apply(W[:, :0], x)),
            (ValueError, "zeros must be one of", lambda: kd.apply(W, x, zeros="never")),
            (TypeError, "x of int64 with w of float64", lambda: kd.apply(W, x.astype("i8"))),
            (TypeError, "x must be a dask.array.Array, not ndarray", lambda: kd.apply(W, DATA)),
            (ValueError, "compute_chunk_sizes", lambda: kd.to_npy("y.npy", x[x[:, 0] > 0]))):
        with pytest.raises(error, match=words):
            wrong()


def test_functions_for_numpy_do_not_compute_a_dask_array():
    x = da.from_array(DATA, chunks=(7, 24))
    for wrong in (lambda: kron_eye.apply(W, x), lambda: kron_eye.Plan(W, 6).apply(x),
                  lambda: kron_eye.mode_product(np.ones((2, 24)), x),
                  lambda: kd.apply(da.from_array(W), x)):
        with pytest.raises(TypeError, match=r"is a Dask array: kron_eye.dask has .*compute\(\) is"):
            wrong()


def test_files(tmp_path, scheduler):
    np.save(tmp_path / "x.npy", DATA)
    x = kd.from_npy(tmp_path / "x.npy", rows=7)
    assert x.chunks == ((7,) * 7 + (1,), (24,)) and x.dtype == np.float64
    import dask
    with dask.config.set(scheduler=scheduler):
        kd.to_npy(tmp_path / "y.npy", kd.apply(W, x))
    assert np.array_equal(np.load(tmp_path / "y.npy"), kron_eye.apply(W, DATA))


def test_what_is_refused_of_files(tmp_path):
    np.save(tmp_path / "x.npy", DATA)
    np.savez(tmp_path / "x.npz", DATA)
    for error, words, name, rows in (
            (ValueError, "rows must be at least 1, not 0", "x.npy", 0),
            (ValueError, "rows must be from 0 to .*, not -3", "x.npy", -3),
            (TypeError, "rows must be an integer, not float", "x.npy", 2.5),
            (ValueError, "x.npz is an archive of several arrays", "x.npz", 7)):
        with pytest.raises(error, match=words):
            kd.from_npy(tmp_path / name, rows)


def test_a_file_takes_the_place_of_what_it_is_made_of(tmp_path):
    file = tmp_path / "x.npy"
    np.save(file, DATA)
    kd.to_npy(file, kd.from_npy(file, rows=7) * 2)
    assert np.array_equal(np.load(file), DATA * 2)
    assert os.listdir(tmp_path) == ["x.npy"]

    def fail(chunk):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        kd.to_npy(file, kd.from_npy(file, rows=7).map_blocks(fail, dtype="f8"))
    assert np.array_equal(np.load(file), DATA * 2)
    assert os.listdir(tmp_path) == ["x.npy"]


ONE_THREAD_A_TASK = """
import os
import dask, dask.array as da, numpy as np
from concurrent.futures import ThreadPoolExecutor
from kron_eye import dask as kd

w, data = np.ones((30, 784), "f4"), np.ones((800, 7840), "f4")
x = da.from_array(data, chunks=(200, 7840))
with ThreadPoolExecutor(2) as pool, dask.config.set(pool=pool):
    before = len(os.listdir("/proc/self/task"))
    assert (kd.apply(w, x).compute() == 784).all()
    after = len(os.listdir("/proc/self/task"))
print(after - before)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads in /proc")
def test_a_task_has_one_thread():
    done = subprocess.run([sys.executable, "-c", ONE_THREAD_A_TASK], stdout=subprocess.PIPE,
                          text=True, env={**os.environ, "OMP_NUM_THREADS": "4"}, check=True)
    assert int(done.stdout) <= 2, "more than the pool's two threads were started"


FLAT_MEMORY = """
import resource, sys
import dask, numpy as np
from kron_eye import dask as kd

def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmData")).split()[1])

x_file, y_file = sys.argv[1:]
w = np.ones((2, 784), "f4")
with dask.config.set(scheduler="threads", num_workers=2):
    small = kd.from_npy(x_file, rows=256)[:512]
    assert (kd.apply(w, small).compute() == 0).all()  # all threads have started
    limit = anonymous() + (64 << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        np.ones(96 << 20, "u1")
        sys.exit("the limit does not hold")
    except MemoryError:
        pass
    kd.to_npy(y_file, kd.apply(w, kd.from_npy(x_file, rows=256)))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits memory as Linux does")
def test_a_file_larger_than_memory(tmp_path):
    """256 MiB, mostly a hole in the file, with 64 MiB of memory."""
    rows, row = (256 << 20) // (40 * 784 * 4), 40 * 784
    x_file, y_file = tmp_path / "x.npy", tmp_path / "y.npy"
    x = np.lib.format.open_memmap(x_file, "w+", "f4", (rows, row))
    x[-1] = 1
    del x
    done = subprocess.run([sys.executable, "-c", FLAT_MEMORY, x_file, y_file],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    y = np.load(y_file, mmap_mode="r")
    assert y.shape == (rows, 80) and (y[-1] == 784).all() and (y[:-1] == 0).all()
