#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes adam.inc: the parameters of a small network after every step of torch.optim.Adam.

    tests/algorithm/reference/make_adam.py > tests/algorithm/reference/adam.inc

PyTorch computes everything in double precision, the gradients by autograd. A batch of step t = 0, 1, ... are
the samples t B, ..., t B + B - 1 modulo n. The script needs PyTorch (Debian's python3-torch, 1.13.1), and is not part
of the build.
"""

import torch

DIMENSION, SAMPLES, WIDTH, STEPS = 2, 5, 3, 30
CASES = [(5, 0.05, 0.0), (5, 0.05, 0.1), (2, 0.01, 0.02)]  # (batch, learning rate, weight decay)


def numbers(tensor):
    return ", ".join(repr(value) for value in tensor.detach().flatten().tolist())


def train(inputs, labels, inner, outer, batch, rate, decay):
    """The parameters (W row by row, then a) after every step."""
    inner, outer = (tensor.clone().requires_grad_() for tensor in (inner, outer))
    optimizer = torch.optim.Adam([inner, outer], lr=rate, weight_decay=decay)
    steps = []
    for step in range(STEPS):
        rows = [(step * batch + i) % SAMPLES for i in range(batch)]
        optimizer.zero_grad()
        outputs = torch.relu(inputs[rows] @ inner.T) @ outer
        (((outputs - labels[rows]) ** 2).mean() / 2).backward()
        optimizer.step()
        steps.append(f"{numbers(inner)}, {numbers(outer)}")
    return steps


def main():
    torch.manual_seed(5)
    inputs, labels, inner, outer = (torch.randn(shape, dtype=torch.float64) for shape in (
        (SAMPLES, DIMENSION), (SAMPLES,), (WIDTH, DIMENSION), (WIDTH,)))
    print(f"// By make_adam.py with PyTorch {torch.__version__}.")
    print("// clang-format off")
    print(f"constexpr Index k_dimension = {DIMENSION}, k_samples = {SAMPLES}, k_width = {WIDTH}, "
          f"k_steps = {STEPS};")
    print(f"constexpr double k_inputs[] = {{{numbers(inputs)}}};")
    print(f"constexpr double k_labels[] = {{{numbers(labels)}}};")
    print(f"constexpr double k_initial[] = {{{numbers(inner)}, {numbers(outer)}}};")
    print("constexpr AdamReference k_references[] = {")
    for batch, rate, decay in CASES:
        print(f"    {{{batch}, {rate}, {decay}, {{")
        for step in train(inputs, labels, inner, outer, batch, rate, decay):
            print(f"        {step},")
        print("    }},")
    print("};")
    print("// clang-format on")


main()
