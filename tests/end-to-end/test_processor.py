#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program that was built for another processor prints one line before its first constructor. FLATGRID names such a
program here."""

import unittest

from flatgrid_program import BAD_INPUT, ScratchFolder


class Processor(ScratchFolder):
    def test_a_line_instead_of_an_illegal_instruction(self):
        for ranks in (0, 1, 3):
            with self.subTest(ranks=ranks):
                result = self.flatgrid("run", ranks=ranks)
                self.assertEqual(
                    (result.returncode, result.stdout, result.stderr),
                    (BAD_INPUT, "", "flatgrid: was built for another processor; this one has no xop: "
                                    "build it here, or for all processors with -D FLATGRID_NATIVE=OFF\n"))


if __name__ == "__main__":
    unittest.main()
