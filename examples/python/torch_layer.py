"""
A layer for PyTorch: y = act((I_k (x) W) x + b) for each row, differentiable, on the CPU.

    layer = KronEyeLayer(inputs=784, outputs=30)
    y = layer(x)                # x (rows, k*784) or (rows, k, 784), float32 or float64

Forward is one fused product. Backward is the product with the transposed operator for x, and the
gradients of W and b. Tensors are passed as NumPy arrays on the same memory.
"""

import math

import numpy as np
import torch

import kron_eye


def _array(tensor):
    return np.ascontiguousarray(tensor.detach().numpy())


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, relu):
        y = kron_eye.apply(_array(weight), _array(x), bias=_array(bias),
                           activation="relu" if relu else None)
        y = torch.from_numpy(y)
        ctx.relu = relu
        ctx.save_for_backward(x, weight, y)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, y = map(_array, ctx.saved_tensors)
        dy = _array(grad_y)
        if ctx.relu:
            dy = kron_eye.relu_backward(y, dy)
        blocks = math.prod(x.shape[1:]) // weight.shape[1]
        grad_x = kron_eye.apply(weight, dy, blocks, transpose=True)
        grad_weight = kron_eye.gradient(x, dy, blocks)
        grad_bias = kron_eye.bias_gradient(dy, blocks)
        return (torch.from_numpy(grad_x), torch.from_numpy(grad_weight),
                torch.from_numpy(grad_bias), None)


class KronEyeLayer(torch.nn.Module):
    """act((I_k (x) W) x + b), with one W (outputs x inputs) and one b for all blocks."""

    def __init__(self, inputs, outputs, relu=True, dtype=torch.float32):
        super().__init__()
        self.relu = relu
        self.weight = torch.nn.Parameter(torch.empty(outputs, inputs, dtype=dtype))
        self.bias = torch.nn.Parameter(torch.zeros(outputs, dtype=dtype))
        torch.nn.init.normal_(self.weight, std=(2 / inputs) ** 0.5)

    def forward(self, x):
        return _Product.apply(x, self.weight, self.bias, self.relu)
