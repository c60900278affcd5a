"""torch_layer.py on a stand-in for PyTorch: gradients by finite differences."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch_stand_in
from conftest import make

LAYER = Path(__file__).parents[1] / "torch_layer.py"


@pytest.fixture
def module(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch_stand_in.make())
    spec = importlib.util.spec_from_file_location("torch_layer", LAYER)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("shape,result", [((5, 8), (5, 6)), ((5, 2, 4), (5, 2, 3))])
def test_forward_and_backward(module, relu, shape, result):
    layer = module.KronEyeLayer(inputs=4, outputs=3, relu=relu, dtype=np.float64)
    layer.bias.array[:] = make((3,), "f8", 2)
    x, target = torch_stand_in.Tensor(make(shape, "f8", 3)), make(result, "f8", 4)

    def loss():
        return 0.5 * ((layer(x).array - target) ** 2).sum()

    y = layer(x)
    plain = x.array.reshape(-1, 4) @ layer.weight.array.T + layer.bias.array
    plain = np.maximum(plain, 0) if relu else plain
    np.testing.assert_allclose(y.array, plain.reshape(result), atol=1e-12)
    *gradients, of_relu = y.backward(torch_stand_in.Tensor(y.array - target))
    assert of_relu is None
    checked = 0
    for tensor, gradient in zip((x, layer.weight, layer.bias), gradients):
        assert gradient.array.shape == tensor.array.shape
        for place in np.ndindex(tensor.array.shape):
            losses, before = [], tensor.array[place]
            for step in (1e-6, -1e-6):
                tensor.array[place] = before + step
                losses.append(loss())
            tensor.array[place] = before
            np.testing.assert_allclose(gradient.array[place], (losses[0] - losses[1]) / 2e-6,
                                       atol=1e-7)
            checked += 1
    assert checked == 40 + 12 + 3


@pytest.mark.parametrize("shape", [(0, 8), (0, 2, 4)])
def test_a_batch_of_no_rows(module, shape):
    layer = module.KronEyeLayer(inputs=4, outputs=3, dtype=np.float64)
    x = torch_stand_in.Tensor(np.ones(shape))
    y = layer(x)
    gradients = y.backward(torch_stand_in.Tensor(np.ones(y.array.shape)))
    assert gradients[0].array.shape == shape
    assert (gradients[1].array == np.zeros((3, 4))).all() and (gradients[2].array == 0).all()
