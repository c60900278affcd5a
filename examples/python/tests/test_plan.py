"""Plans: their properties and options, threads, and the end of their lives."""

import copy
import gc
import importlib.metadata
import pickle
import threading

import numpy as np
import pytest
from conftest import make

import kron_eye
from kron_eye import _library, _plan


def test_says_what_it_is():
    plan = kron_eye.Plan(make((3, 4), "f8"), 2, "f4", threads=1, route="kernel")
    assert (plan.shape, plan.blocks, plan.dtype, plan.out_dtype) == ((6, 8), 2, "f4", "f8")
    text = plan.describe()
    assert text.startswith("I_2 (x) W, W 3 x 4, f32_f64; route kernels") and "\n" not in text
    assert "at most 1" in text and text in repr(plan)


def test_library_says_what_it_is():
    assert kron_eye.isa() in ("avx512", "avx2", "portable")
    major, minor, patch = map(int, kron_eye.version().split("."))
    number = _library.library.kron_eye_version_number()
    assert number == 10000 * major + 100 * minor + patch


def test_installed_version():
    try:
        installed = importlib.metadata.version("kron_eye")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("run from the source tree")
    assert installed == kron_eye.version()


def test_options_do_not_change_the_result():
    w, data = make((30, 50), "f4"), make((40, 200), "f4")
    expected = kron_eye.Plan(w, 4, route="kernel").apply(data)
    for zeros in ("auto", "skip", "multiply"):
        for threads in (1, 2):
            plan = kron_eye.Plan(w, 4, threads=threads, zeros=zeros, route="kernel")
            assert np.array_equal(plan.apply(data), expected)
    blas = kron_eye.Plan(w, 4, route="blas")
    assert "route BLAS" in blas.describe()
    np.testing.assert_allclose(blas.apply(data), expected, rtol=1e-4, atol=1e-4)


def test_threads_share_a_plan():
    plan = kron_eye.Plan(make((30, 50), "f4"), 4, threads=1)
    inputs = [make((60, 200), "f4", seed) for seed in range(8)]
    expected = [plan.apply(data) for data in inputs]
    results = [None] * len(inputs)

    def work(number):
        for _ in range(20):
            results[number] = plan.apply(inputs[number])

    workers = [threading.Thread(target=work, args=(number,)) for number in range(len(inputs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(map(np.array_equal, results, expected))


@pytest.fixture
def destroyed(monkeypatch):
    """The plans that have been destroyed, as they go."""
    pointers = []
    real = _library.library.kron_eye_plan_destroy

    class Watched:
        def __getattr__(self, name):
            return getattr(_library.library, name)

        @staticmethod
        def kron_eye_plan_destroy(pointer):
            pointers.append(pointer.value)
            real(pointer)

    monkeypatch.setattr(_plan, "library", Watched())
    return pointers


def test_collected_plan_is_destroyed_once(destroyed):
    plan = kron_eye.Plan(make((3, 4), "f8"))
    pointer = plan._handle.pointer.value
    assert destroyed == []
    del plan
    gc.collect()
    assert destroyed == [pointer]


def test_apply_destroys_its_plan(destroyed):
    kron_eye.apply(make((3, 4), "f8"), make((5, 8), "f8"))
    gc.collect()
    assert len(destroyed) == 1
    with pytest.raises(ValueError):
        kron_eye.apply(make((3, 4), "f8"), make((5, 8), "f8").T.copy().T)
    gc.collect()
    assert len(destroyed) == 2


def test_closed_plan(destroyed):
    with kron_eye.Plan(make((3, 4), "f8"), 2) as plan:
        plan.apply(make((5, 8), "f8"))
    plan.close()
    assert len(destroyed) == 1 and "closed" in repr(plan)
    for use in (plan.describe, lambda: plan.apply(make((5, 8), "f8")), plan.__enter__):
        with pytest.raises(ValueError, match="the plan is closed"):
            use()


def test_close_waits_for_an_apply_under_way(destroyed):
    plan = kron_eye.Plan(make((3, 4), "f8"), 2)
    under_way = plan._open_handle()
    plan.close()
    assert destroyed == []
    del under_way
    assert len(destroyed) == 1


def through_pickle(plan):
    return pickle.loads(pickle.dumps(plan))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, through_pickle])
def test_copies_are_plans_of_their_own(duplicate, destroyed, pair):
    data_type, w_type = pair
    plan = kron_eye.Plan(make((3, 4), w_type), 2, data_type, threads=1, zeros="multiply",
                         route="kernel")
    data = make((5, 8), data_type)
    expected, text = plan.apply(data), plan.describe()
    other = duplicate(plan)
    plan.close()
    assert len(destroyed) == 1
    assert other.describe() == text
    assert (other.shape, other.blocks, other.dtype) == ((6, 8), 2, data_type)
    assert np.array_equal(other.apply(data), expected)
    with pytest.raises(ValueError, match="the plan is closed"):
        duplicate(plan)


def test_copies_keep_their_class():
    class Named(kron_eye.Plan):
        name = "layer"

    plan = copy.copy(Named(make((3, 4), "f8"), 2))
    assert type(plan) is Named and plan.shape == (6, 8)
