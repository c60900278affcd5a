#!/usr/bin/env python3
"""
Least squares with SciPy: sharpens images that were blurred along one axis.

    least_squares.py [--images COUNT]

Each image, height x width, was measured at `outputs` places of each column through a blur W,
outputs x height, with some noise: y = (I_images (x) W (x) I_width) x. SciPy's lsqr finds x from y
by products with that operator and its transpose, and damping keeps the noise small. The operator is
never formed: for 200 images it would take 129 GB, and W takes 8 KB.
"""

import argparse

import numpy as np
from scipy.sparse.linalg import lsqr

import kron_eye


def blur(outputs, height, reach):
    """Each output is a mean over the rows near it, with weights of a bell curve: rows sum to 1."""
    places = np.linspace(0, height - 1, outputs)[:, np.newaxis]
    weights = np.exp(-0.5 * ((places - np.arange(height)) / reach) ** 2)
    return weights / weights.sum(axis=1, keepdims=True)


def make_images(count, height, width, chance):
    """Bright rectangles on black."""
    images = np.zeros((count, height, width))
    for image in images:
        top, left = chance.randint(height // 2), chance.randint(width // 2)
        image[top:top + height // 3, left:left + width // 3] = chance.uniform(0.5, 1)
    return images


def sharpen(w, measured, height, damp):
    """The images that W blurs to `measured`, (count, outputs, width), and lsqr's iterations."""
    count, _, width = measured.shape
    with kron_eye.Plan(w, count, right=width) as plan:
        operator = kron_eye.as_linear_operator(plan)
    found = lsqr(operator, measured.ravel(), damp=damp, atol=1e-8, btol=1e-8)
    return found[0].reshape(count, height, width), found[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200, help="default: 200")
    options = parser.parse_args()
    if options.images < 1:
        parser.error("--images must be at least 1")
    height, width, outputs = 28, 20, 36
    chance = np.random.RandomState(1)
    images = make_images(options.images, height, width, chance)
    w = blur(outputs, height, reach=1.2)
    measured = kron_eye.mode_product(w, images, axis=1)
    measured += 0.002 * chance.standard_normal(measured.shape)
    found, iterations = sharpen(w, measured, height, damp=0.01)

    def error(guess):
        return np.linalg.norm(guess - images) / np.linalg.norm(images)

    naive = kron_eye.mode_product(w / w.sum(axis=0), measured, axis=1, transpose=True)
    print(f"{options.images} images of {height} x {width}, measured at {outputs} places a column")
    print(f"relative error of W^T y, each row scaled:  {error(naive):.3f}")
    print(f"relative error of lsqr:                    {error(found):.3f}, {iterations} iterations")


if __name__ == "__main__":
    main()
