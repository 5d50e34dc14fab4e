#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes networks.inc: figures of small fixed networks, computed without any formula of flatgrid.

    tests/measure/reference/make_networks.py > tests/measure/reference/networks.inc

The loss is evaluated in hyper-dual numbers, v + v1 e1 + v2 e2 + v12 e1 e2 with e1^2 = e2^2 = 0
(Fike & Alonso 2011), once for every pair of parameters at the same time: gradient and Hessian are
then exact except for rounding, and this program contains no formula except the evaluation of a network.
It needs only numpy, and is not part of the build.
"""

import numpy as np

# name: (sigma for z > 0 as {power of z: coefficient}, sigma for z < 0 as {power of |z|: coefficient})
ACTIVATIONS = {
    "relu": ({1: 1.0}, {}),
    "leaky-relu": ({1: 1.0}, {1: -0.1}),
    "abs": ({1: 1.0}, {1: 1.0}),
    "relu2": ({2: 1.0}, {}),
    "quadratic": ({2: 1.0}, {2: 1.0}),
    "relu3": ({3: 1.0}, {}),
}
SIZES = [(2, 7, 3), (5, 40, 8)]  # (dimension, samples, width)
EXTRA = [("relu", 1, 1, 1), ("relu", 4, 10, 12), ("relu3", 4, 10, 12)]


class Draws:
    """Multiples of 2^-52 in [-1, 1) from Knuth's linear congruential generator modulo 2^64."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) * 2.0**-52 - 1.0


class HyperDual:
    def __init__(self, v, v1=0.0, v2=0.0, v12=0.0):
        self.parts = (v, v1, v2, v12)

    def __add__(self, other):
        return HyperDual(*(a + b for a, b in zip(self.parts, other.parts)))

    def __mul__(self, other):
        a, a1, a2, a12 = self.parts
        b, b1, b2, b12 = other.parts
        return HyperDual(a * b, a1 * b + a * b1, a2 * b + a * b2,
                         a12 * b + a1 * b2 + a2 * b1 + a * b12)


def activate(name, z):
    right, left = ACTIVATIONS[name]
    powers = right if z.parts[0] > 0 else left
    z = z if z.parts[0] > 0 else z * HyperDual(-1.0)
    total = HyperDual(0.0)
    for power, coefficient in powers.items():
        term = HyperDual(coefficient)
        for _ in range(power):
            term = term * z
        total = total + term
    return total


def loss_gradient_hessian(name, dimension, inputs, labels, parameters):
    count = len(parameters)
    width = count // (dimension + 1)
    unit = np.eye(count)
    # Parameter p moves along e1 in row p of all pairs of parameters, and along e2 in column p.
    theta = [HyperDual(parameters[p], unit[p][:, None], unit[p][None, :]) for p in range(count)]
    loss = HyperDual(0.0)
    for x, y in zip(inputs, labels):
        residual = HyperDual(-y)
        for j in range(width):
            z = HyperDual(0.0)
            for k in range(dimension):  # W column by column behind a
                z = z + theta[width + k * width + j] * HyperDual(x[k])
            residual = residual + theta[j] * activate(name, z)
        loss = loss + residual * residual * HyperDual(0.5 / len(labels))
    value, first, _, second = loss.parts
    gradient = np.broadcast_to(first, (count, count))[:, 0]
    return value, gradient, np.broadcast_to(second, (count, count))


def main():
    print("// Made by make_networks.py: activation, dimension, samples, width, seed, train loss,")
    print("// gradient norm, trace, top eigenvalue and Frobenius norm of the Hessian H, ||H v||.")
    cases = [(name, *size) for name in ACTIVATIONS for size in SIZES] + EXTRA
    for seed, (name, dimension, samples, width) in enumerate(cases, start=1):
        draw = Draws(seed)
        inputs = [[draw() for _ in range(dimension)] for _ in range(samples)]
        labels = [draw() for _ in range(samples)]
        parameters = np.array([draw() for _ in range(width * (dimension + 1))])
        direction = np.array([draw() for _ in parameters])
        loss, gradient, hessian = loss_gradient_hessian(name, dimension, inputs, labels, parameters)
        figures = [loss, np.linalg.norm(gradient), np.trace(hessian),
                   np.linalg.eigvalsh(hessian)[-1], np.linalg.norm(hessian),
                   np.linalg.norm(hessian @ direction)]
        numbers = ", ".join(repr(float(figure)) for figure in figures)
        print(f'{{"{name}", {dimension}, {samples}, {width}, {seed}, {numbers}}},')


if __name__ == "__main__":
    main()
