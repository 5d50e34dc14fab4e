#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Parts of a campaign are computed separately and merged, with any split and in any order, to the same bits."""

import shutil
import unittest

import h5py
import numpy

from flatgrid_program import (BAD_INPUT, SUCCESS, WORK_LEFT, ScratchFolder, snapshot,
                              unwrapped, write_configuration)


class Merge(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference()
        cls.parts = {(i, n): cls.part(i, n) for n in (3, 4) for i in range(1, n + 1)}

    @classmethod
    def part(cls, index, count, configuration=None):
        """Computes a part; the number of ranks depends on the part."""
        path = cls.folder / f"part-{index}-of-{count}.h5"
        cls.succeed("run", configuration or cls.configuration, "-o", path, "--part",
                    f"{index}/{count}", ranks=index % 3)
        return path

    def merge(self, out, *parts, code=SUCCESS):
        result = self.flatgrid("merge", out, *parts)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stderr if code == BAD_INPUT else unwrapped(result.stdout)

    def three(self, *indices):
        return [self.parts[index, 3] for index in indices]

    def refused(self, *arguments):
        """Checks that merge is refused with exit code 2 and one line, and changes no file. Returns the line."""
        before = snapshot(self.folder)
        result = self.flatgrid("merge", *arguments)
        self.assertEqual(result.returncode, BAD_INPUT, result.stdout)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(snapshot(self.folder), before)
        return result.stderr

    def test_any_order(self):
        for number, order in enumerate([(1, 2, 3), (3, 1, 2), (2, 3, 1)]):
            out = self.folder / f"order-{number}.h5"
            self.assertIn("32 of 32 points, from 3 files", self.merge(out, *self.three(*order)))
            self.assert_same_results(out, self.reference)
            self.assertEqual(self.assert_whole(out), 32)

    def test_a_merged_file_is_as_if_never_split(self):
        out = self.folder / "usual.h5"
        self.merge(out, *self.three(1, 2, 3))
        self.succeed("verify", out, "--recompute")
        self.assertIn("orbit minimum", self.succeed("run", self.configuration, "-o", out))

    def test_parts_of_different_splits_that_overlap(self):
        out = self.folder / "mixed.h5"
        said = self.merge(out, *self.three(1, 2), *(self.parts[i, 4] for i in (4, 3, 2, 1)))
        self.assertRegex(said, r"overlap: \d+ times a point was in another file, with the same bits")
        self.assert_same_results(out, self.reference)

    def test_a_missing_part_is_named_and_can_be_added(self):
        out = self.folder / "missing.h5"
        said = self.merge(out, *self.three(3, 1), code=WORK_LEFT)
        self.assertIn("missing: 11 points; there is no file here of part 2/3;", said)
        self.assertEqual(self.assert_whole(out), 21)
        again = shutil.copy(out, self.folder / "missing-again.h5")
        # The missing part can be merged into the same file.
        self.merge(out, *self.three(2))
        self.assert_same_results(out, self.reference)
        # The missing points can also be computed.
        self.succeed("run", self.configuration, "-o", again, ranks=2)
        self.assert_same_results(again, self.reference)

    def test_merging_into_a_file_that_is_there_says_so(self):
        out = self.folder / "grown.h5"
        self.assertIn("22 of 32 points, from 2 files\n",
                      self.merge(out, *self.three(1, 2), code=WORK_LEFT))
        self.assertIn("32 of 32 points, from 1 file and the existing file\n",
                      self.merge(out, *self.three(3)))
        self.assert_same_results(out, self.reference)
        # OUT may also be among the parts, as in a pattern of the shell that matches it.
        self.merge(out, out, *self.three(1, 2, 3))
        self.assert_same_results(out, self.reference)

    def test_a_part_that_is_given_twice(self):
        out, (one, two, _) = self.folder / "twice.h5", self.three(1, 2, 3)
        self.assertEqual(self.refused(out, one, two, one), f"flatgrid: {one}: is given twice\n")
        link = self.folder / "link.h5"
        link.symlink_to(one)
        self.assertEqual(self.refused(out, one, two, link),
                         f"flatgrid: {link}: is given twice, also as {one}\n")
        # A copy is another file, perhaps of a second attempt. Its points are counted as overlap.
        copy = shutil.copy(one, self.folder / "copy.h5")
        self.assertIn("overlap: 11 times", self.merge(out, one, copy, code=WORK_LEFT))

    def test_a_forgotten_out_replaces_no_part(self):
        one, two, three = self.three(1, 2, 3)
        self.assertEqual(
            self.refused(one, two, three),
            f"flatgrid: {one}: is part 1/3, and merge would overwrite it; give the file to write first: "
            f"flatgrid merge OUT {one} {two} ...\n")
        self.assertIn("is part 2/3, and merge would overwrite it", self.refused(two, two))

    def test_an_unfinished_part(self):
        slow = write_configuration(self.folder / "slow.cfg", {"training.steps": "200000",
                                                              "training.handover-loss": "1e-30"})
        part, out = self.folder / "unfinished.h5", self.folder / "from-unfinished.h5"
        end = self.flatgrid("run", slow, "-o", part, "--part", "1/2", "--max-time", "00:00:00")
        self.assertEqual(end.returncode, WORK_LEFT)
        other = self.folder / "other-half.h5"
        shutil.copy(part, other)
        said = self.merge(out, part, code=WORK_LEFT)
        self.assertIn("missing: 32 points; there is no file here of part 2/2", said)

    def test_a_damaged_row_is_left_out(self):
        damaged = shutil.copy(self.parts[2, 3], self.folder / "damaged.h5")
        with h5py.File(damaged, "r+") as file:
            where = tuple(axis[0] for axis in numpy.nonzero(file["status"][()]))
            file["population_loss"][where] += 1.0
        out = self.folder / "from-damaged.h5"
        said = self.merge(out, *self.three(1, 3), damaged, code=WORK_LEFT)
        self.assertIn("damaged, not copied", said)
        self.assertIn("missing: 1 point", said)
        self.merge(out, self.parts[2, 3])
        self.assert_same_results(out, self.reference)

    def test_networks_of_other_parts_take_no_room(self):
        wide = write_configuration(self.folder / "wide.cfg", {
            "grid.algorithm": "teacher", "grid.width": "3000", "problem.dimension": "300"})
        part, whole = self.part(1, 8, wide), self.folder / "wide.h5"
        self.succeed("run", wide, "-o", whole)
        size, room = whole.stat().st_blocks, part.stat().st_blocks
        self.assertAlmostEqual(part.stat().st_size / whole.stat().st_size, 1.0, places=2)
        self.assertLess(room, 0.6 * size)

    def test_status_and_export_of_a_part(self):
        part = self.parts[2, 3]
        self.assertIn("part 2/3, created", self.succeed("status", part))
        self.assertIn(" 11\n", self.succeed("status", part))
        self.assertEqual(len(self.succeed("export", part).splitlines()), 1 + 11)
        self.assertIn("11 of 11 computed points are whole", self.succeed("verify", part))
        with h5py.File(part) as file:
            self.assertEqual(file.attrs["part"], "2/3")

    def test_a_part_file_is_for_its_part(self):
        before = snapshot(self.folder)
        for file, options, there, here in (
                (self.parts[2, 3], ["--part", "1/3"], "part 2/3", "part 1/3"),
                (self.parts[2, 3], [], "part 2/3", "the whole grid"),
                (self.reference, ["--part", "1/3"], "the whole grid", "part 1/3")):
            result = self.flatgrid("run", self.configuration, "-o", file, *options, ranks=2)
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertIn(f"{file.name}: is for {there}, not for {here}", result.stderr)
        for text in ("0/3", "4/3", "x", "1/3/2"):
            result = self.flatgrid("run", self.configuration, "-o", "new.h5", "--part", text, ranks=2)
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertEqual(result.stderr, f"flatgrid: run: --part '{text}': must be I/N with "
                                            "1 <= I <= N, for example 2/4\n")
        self.assertEqual(snapshot(self.folder), before)

    def test_what_cannot_be_merged(self):
        out, part = self.folder / "refused.h5", self.parts[1, 3]
        other = write_configuration(self.folder / "other.cfg", {"training.steps": "400"})
        foreign = self.folder / "foreign.h5"
        self.succeed("run", other, "-o", foreign)
        text = self.folder / "text.h5"
        text.write_text("no results")
        truncated = self.folder / "truncated.h5"
        truncated.write_bytes(part.read_bytes()[:-1000])
        forged = shutil.copy(self.parts[1, 4], self.folder / "forged.h5")
        with h5py.File(forged, "r+") as file:
            file["checksum"][...] = 7

        self.assertIn("PART... is missing", self.refused(out))
        self.assertIn("OUT PART... is missing", self.refused())
        self.assertIn("absent.h5: there is no such file", self.refused(out, part, "absent.h5"))
        self.assertIn("text.h5: is not an HDF5 file", self.refused(out, part, text))
        self.assertIn("truncated.h5: is truncated", self.refused(out, part, truncated))
        self.assertIn("training.steps = 500 there, 400 here", self.refused(out, part, foreign))
        self.assertIn("text.h5: is not an HDF5 file", self.refused(text, part))
        self.assertIn("foreign.h5: belongs to another", self.refused(foreign, part))
        self.assertIn("has other results for this point than", self.refused(out, part, forged))
        self.assertIn("there is no folder", self.refused(self.folder / "nowhere" / "x.h5", part))


if __name__ == "__main__":
    unittest.main()
