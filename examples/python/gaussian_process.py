#!/usr/bin/env python3
"""
A Gaussian process on a grid of three dimensions, solved by conjugate gradients.

    gaussian_process.py [--grid A B C]

The covariance of the grid's points is K = K_1 (x) K_2 (x) K_3, a kernel matrix for each direction.
The weights of the mean solve (K + s^2 I) alpha = y. K is never formed: kron_eye.Chain applies one
direction at a time. On a grid that is small enough the dense solve is shown beside it.
"""

import argparse
import functools

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

import kron_eye

NOISE = 0.3


def kernel(points, length):
    """The squared exponential of all pairs of points."""
    return np.exp(-0.5 * ((points[:, np.newaxis] - points) / length) ** 2)


def solve(kernels, y):
    """alpha, and the number of products with K."""
    products = 0

    with kron_eye.Chain(kernels) as chain:
        def product(x):
            nonlocal products
            products += 1
            return chain.apply(x, out=x.copy(), beta=NOISE ** 2)  # K x + s^2 x

        operator = LinearOperator(chain.shape, matvec=lambda x: product(np.ravel(x)),
                                  dtype=np.float64)
        alpha, failed = cg(operator, y, maxiter=10 * len(y))
    if failed:
        raise SystemExit("conjugate gradients did not converge")
    return alpha, products


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grid", type=int, nargs=3, default=[20, 30, 40], metavar=("A", "B", "C"),
                        help="points in each direction; default: 20 30 40")
    sizes = parser.parse_args().grid
    if min(sizes) < 1:
        parser.error("--grid takes sizes of at least 1")
    axes = [np.linspace(0, 1, size) for size in sizes]
    kernels = [kernel(points, length) for points, length in zip(axes, (0.2, 0.3, 0.25))]
    truth = functools.reduce(np.multiply.outer, [np.sin(3 * points + 1) for points in axes]).ravel()
    y = truth + NOISE * np.random.RandomState(1).standard_normal(truth.size)
    alpha, products = solve(kernels, y)
    mean = kron_eye.Chain(kernels).apply(alpha)
    print(f"{' x '.join(map(str, sizes))} points, {products} products with K")
    print(f"error of the data: {np.std(y - truth):.3f}, of the mean: {np.std(mean - truth):.3f}")
    if y.size <= 3000:
        dense = functools.reduce(np.kron, kernels)
        exact = np.linalg.solve(dense + NOISE ** 2 * np.eye(y.size), y)
        print(f"difference from the dense solve: {np.abs(alpha - exact).max():.1e}, largest "
              f"weight {np.abs(exact).max():.1f}")


if __name__ == "__main__":
    main()
