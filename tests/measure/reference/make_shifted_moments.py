#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes shifted_moments.inc and biased_losses.inc: Gaussian expectations of neurons with biases, to 40 digits.

    tests/measure/reference/make_shifted_moments.py

The program integrates over one of the two normal variables. Conditionally on this variable, the mean of the other
factor is a polynomial times the density or the tail of a normal. It uses no formula of flatgrid and no Owen's T. It
needs mpmath, and is not part of the build.
"""

import itertools
import pathlib

import mpmath as mp

mp.mp.dps = 40


def rectified(mean, deviation, q):
    """E max(z, 0)^q of a normal z, and P(z > 0) for q = 0."""
    if deviation == 0:
        return max(mean, mp.mpf(0)) ** q if q > 0 else mp.mpf(mean > 0)
    c = -mean / deviation
    moments = [mp.ncdf(-c)]
    moments.append(mean * moments[0] + deviation * mp.npdf(c))
    for power in range(2, q + 1):
        moments.append(mean * moments[-1] + (power - 1) * deviation**2 * moments[-2])
    return moments[q]


def moment(p, q, s, b, s2, b2, t):
    """E z_+^p z'_+^q, z = s U + b, z' = s2 V + b2, t the angle of U and V."""
    c, sine = mp.cos(t), mp.sin(t)

    def integrand(u):
        return mp.npdf(u) * (s * u + b) ** p * rectified(s2 * c * u + b2, s2 * sine, q)

    h = -b / s
    layer = -b2 / (s2 * c) if abs(c) > mp.mpf("1e-10") else mp.mpf(0)
    width = abs(sine / c) if abs(c) > mp.mpf("1e-10") else mp.mpf(1)
    ends = {h, max(h, mp.mpf(16)) + 1}
    ends |= {mp.mpf(k) for k in (-14, -8, -4, -2, 0, 2, 4, 8)}
    ends |= {layer + width * k for k in (-16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16)}
    top = max(h, mp.mpf(16)) + 1
    ends = sorted(end for end in ends if h <= end <= top)
    return mp.quad(integrand, ends)


def number(value):
    return mp.nstr(value, 20)


MOMENTS = [
    # s, b, s', b', t
    ("1", "0", "1", "0", "1"),
    ("1", "0.5", "2", "-0.25", "0.7"),
    ("0.5", "-1", "1", "3", "2.5"),
    ("2", "1", "2", "1", "1e-6"),
    ("1", "0.3", "1", "0.300000001", "3e-6"),
    ("1.5", "-0.4", "1.5", "0.4", "3.14159"),
    ("1", "4", "1", "-4", "0.01"),
    ("0.25", "2", "0.5", "-1", "1.5"),
    ("3", "0", "1", "2", "0.3"),
    ("0.01", "1", "1", "-0.2", "2"),
]

LOSSES = [(t, b) for t in ("0", "1e-7", "1e-4", "0.1") for b in ("1e-7", "-1e-5", "0.01") ]


def main():
    folder = pathlib.Path(__file__).parent
    lines = ["// SPDX-License-Identifier: MIT",
             "// Made by make_shifted_moments.py: s, b, s', b', t, and M_pq for p = 0..3, q = 0..3, q fastest."]
    for case in MOMENTS:
        s, b, s2, b2, t = (mp.mpf(float(text)) for text in case)
        values = [number(moment(p, q, s, b, s2, b2, t)) for p, q in itertools.product(range(4), range(4))]
        lines.append("{%s, {%s}}," % (", ".join(case), ", ".join(values)))
    (folder / "shifted_moments.inc").write_text("\n".join(lines) + "\n")

    lines = ["// SPDX-License-Identifier: MIT",
             "// Made by make_shifted_moments.py: t, b, E (relu(U + b) - relu(V))^2, t the angle of U and V."]
    for case in LOSSES:
        t, b = (mp.mpf(float(text)) for text in case)
        own = rectified(b, mp.mpf(1), 2)
        other = mp.mpf(1) / 2
        both = moment(1, 1, mp.mpf(1), b, mp.mpf(1), mp.mpf(0), t)
        lines.append("{%s, %s, %s}," % (*case, number(own - 2 * both + other)))
    (folder / "biased_losses.inc").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
