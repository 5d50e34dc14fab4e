#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No damaged file makes a command hang or crash.

    test_damaged_files.py [--mutations N] [--seed S] [unittest's arguments]

N copies of results files (a complete one, one without finished points, one of a part) are damaged at random, half of
them in the metadata of HDF5. The commands status, export, verify and run get these files and must end within ten
seconds. Data files, and the files beside the results, are damaged too.
"""

import collections
import concurrent.futures
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

from flatgrid_program import (BAD_INPUT, FLATGRID, POINTS_FAILED, SUCCESS, WORK_LEFT, ScratchFolder,
                              unwrapped, write_configuration)

SECONDS = 10
COMMANDS = ("status", "export", "verify", "run")
OPEN_MARK = (20, 24)  # bytes of the superblock in which HDF5 marks a file as open

mutations = 120
seed = 1


def flip(generator, data, begin, end):
    for _ in range(generator.choice((1, 1, 1, 2, 8))):
        data[generator.randrange(begin, end)] ^= 1 << generator.randrange(8)


def zero(generator, data, begin, end):
    position = generator.randrange(begin, end)
    length = min(2 ** generator.randrange(13), len(data) - position)
    data[position:position + length] = bytes(length)


def scramble(generator, data, begin, end):
    position = generator.randrange(begin, end)
    length = min(2 ** generator.randrange(13), len(data) - position)
    data[position:position + length] = generator.randbytes(length)


def swap(generator, data, begin, end):
    """Exchanges two blocks of the same length."""
    length = min(2 ** generator.randrange(3, 13), len(data) // 2)
    one = min(generator.randrange(begin, end), len(data) - length)
    other = generator.randrange(len(data) - length)
    if abs(one - other) >= length:
        data[one:one + length], data[other:other + length] = (data[other:other + length],
                                                              data[one:one + length])


def cut(generator, data, begin, end):
    del data[generator.choice((generator.randrange(begin, end), len(data) - 1)):]


def extend(generator, data, begin, end):
    data += generator.choice((bytes, generator.randbytes))(2 ** generator.randrange(13))


KINDS = (flip, flip, flip, zero, zero, scramble, swap, cut, extend)


class Original:
    """An intact file: its bytes, and which of them are numbers or characters of datasets."""

    def __init__(self, path, options=()):
        self.path, self.options, self.data = path, options, path.read_bytes()
        self.raw = numpy.zeros(len(self.data), bool)
        self.raw[slice(*OPEN_MARK)] = True

        def visit(_, item):
            if isinstance(item, h5py.Dataset) and not item.dtype.hasobject:
                begin = item.id.get_offset()
                self.raw[begin:begin + item.id.get_storage_size()] = True
        with h5py.File(path, "r") as file:
            file.visititems(visit)
        ends = numpy.flatnonzero(numpy.diff(self.raw, prepend=True, append=True))
        self.metadata = list(zip(ends[::2].tolist(), ends[1::2].tolist()))
        self.numbers = list(zip(ends[1:-1:2].tolist(), ends[2::2].tolist()))

    def damaged(self, generator):
        """(kind of damage, damaged bytes, whether a byte of the metadata has changed); half of the damages begin in the
        metadata."""
        data = bytearray(self.data)
        while data == self.data:
            extents = generator.choice((self.metadata, self.numbers))
            # An extent is chosen with a probability in proportion to its length.
            begin, end = generator.choices(extents, [last - first for first, last in extents])[0]
            kind = generator.choice(KINDS)
            kind(generator, data, begin, end)
        if len(data) != len(self.data):
            return kind.__name__, data, True
        changed = numpy.frombuffer(data, numpy.uint8) != numpy.frombuffer(self.data, numpy.uint8)
        return kind.__name__, data, bool((changed & ~self.raw).any())


class DamagedFiles(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configuration = write_configuration(cls.folder / "tiny.cfg")

    def run_limited(self, *arguments):
        """Runs flatgrid and returns exit code, output and errors. The test fails if flatgrid hangs or crashes."""
        try:
            # Open MPI makes a folder in TMPDIR. With a common TMPDIR one of two programs that start at once may fail.
            with tempfile.TemporaryDirectory(dir=self.scratch) as own:
                result = subprocess.run([FLATGRID, *map(str, arguments)], cwd=self.folder,
                                        env={**self.machine, "TMPDIR": own},
                                        stdin=subprocess.DEVNULL, capture_output=True,
                                        timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.fail(f"{arguments} takes more than {SECONDS} seconds")
        output, errors = (text.decode(errors="replace") for text in (result.stdout, result.stderr))
        self.assertIn(result.returncode, (SUCCESS, BAD_INPUT, POINTS_FAILED, WORK_LEFT), errors)
        return result.returncode, output, errors

    def assert_refused(self, path, *arguments):
        code, output, errors = self.run_limited(*arguments)
        self.assertEqual((code, output), (BAD_INPUT, ""), errors)
        self.assertRegex(errors, rf"\Aflatgrid: [^\n]*{path.name}[^\n]*\n\Z")

    def arguments(self, command, path, options=()):
        return (["run", self.configuration, "-o", path, *options] if command == "run"
                else [command, path])

    def test_results_files(self):
        self.run_limited("run", self.configuration, "-o", "whole.h5")
        self.run_limited("run", self.configuration, "-o", "part.h5", "--part", "2/3")
        self.run_limited("run", self.configuration, "-o", "pending.h5", "--max-time", "00:00:00")
        originals = [Original(self.folder / "whole.h5"),
                     Original(self.folder / "part.h5", ["--part", "2/3"]),
                     Original(self.folder / "pending.h5")]

        def try_out(number):
            generator = random.Random(f"{seed} {number}")
            original = originals[generator.choice((0, 0, 0, 1, 2))]
            kind, data, metadata = original.damaged(generator)
            path = self.folder / f"damaged-{number}.h5"
            path.write_bytes(data)
            codes = {}
            for command in COMMANDS:
                arguments = self.arguments(command, path, original.options)
                if metadata:
                    self.assert_refused(path, *arguments)
                    codes[command] = BAD_INPUT
                    continue
                codes[command], output, errors = self.run_limited(*arguments)
                if codes[command] == BAD_INPUT:
                    self.assertEqual(output, "", arguments)
                    self.assertRegex(errors, rf"\Aflatgrid: [^\n]*{path.name}[^\n]*\n\Z")
            if not metadata:
                self.assertIn(codes["verify"], (SUCCESS, POINTS_FAILED))
            path.unlink()
            return kind, metadata, codes

        table = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for future in [pool.submit(try_out, number) for number in range(mutations)]:
                kind, metadata, codes = future.result()
                for command, code in codes.items():
                    table[kind, "metadata" if metadata else "numbers", command, code] += 1
        kinds = {kind.__name__ for kind in KINDS}
        self.assertEqual({key[0] for key in table}, kinds, "every kind of damage has been tried")
        print_table(table)

    def test_what_is_no_results_file(self):
        os.mkfifo(self.folder / "pipe.h5")
        os.symlink("/dev/zero", self.folder / "zero.h5")
        (self.folder / "folder.h5").mkdir()
        (self.folder / "empty.h5").touch()
        (self.folder / "text.h5").write_text("ten years of work")
        (self.folder / "signature.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
        (self.folder / "noise.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + random.Random(1).randbytes(9999))
        (self.folder / "mark.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"flatgrid seal 1\n" * 64)
        for name in ("pipe", "zero", "folder", "empty", "text", "signature", "noise", "mark"):
            path = self.folder / f"{name}.h5"
            for command in COMMANDS:
                with self.subTest(name=name, command=command):
                    self.assert_refused(path, *self.arguments(command, path))

    def test_data_files(self):
        generator = numpy.random.default_rng(1)
        path = self.folder / "data.h5"
        with h5py.File(path, "w") as file:
            file["inputs"] = generator.normal(size=(60, 3))
            file.create_dataset("labels", data=generator.normal(size=60), chunks=(16,),
                                compression="gzip")
            file["notes"] = ["a text", "of any length"]
        configuration = write_configuration(
            self.folder / "file.cfg",
            {"problem.inputs": "file", "problem.data-file": "data.h5", "grid.noise": "0",
             "grid.seed": "0", "grid.algorithm": "lazy", "grid.width": "20"})
        data = path.read_bytes()
        table = collections.Counter()

        def try_out(number):
            generator = random.Random(f"{seed} data {number}")
            damaged = bytearray(data)
            kind = generator.choice(KINDS)
            kind(generator, damaged, 0, len(data))
            path = self.folder / f"data-{number}.h5"
            results = self.folder / f"of-data-{number}.h5"
            path.write_bytes(damaged)
            code, _, errors = self.run_limited("run", configuration, "-o", results, "--set",
                                               f"problem.data-file={path}")
            if code == BAD_INPUT:
                self.assertRegex(errors, rf"\Aflatgrid: [^\n]*{path.name}[^\n]*\n\Z")
                self.assertFalse(results.exists())
            path.unlink()
            results.unlink(missing_ok=True)
            return kind.__name__, "data file", "run", code

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for future in [pool.submit(try_out, number) for number in range(mutations // 4)]:
                table[future.result()] += 1
        print_table(table)

    def test_what_lies_beside_the_results(self):
        """Damaged checkpoints and a damaged RESULTS.running are ignored, with one line for each of the two."""
        self.run_limited("run", self.configuration, "-o", "start.h5", "--max-time", "00:00:00")
        generator = random.Random(f"{seed} beside")
        contents = [b"", b"flatgrid checkpoint 0123456789abcdef\npoint 0\n", b"campaign = x\nend\n",
                    *(generator.randbytes(2 ** size) for size in (0, 4, 10, 20))]
        for number, content in enumerate(contents):
            path = self.folder / f"beside-{number}.h5"
            shutil.copyfile(self.folder / "start.h5", path)
            running = path.with_name(f"{path.name}.running")
            checkpoints = path.with_name(f"{path.name}.checkpoints")
            checkpoints.mkdir()
            for point in range(0, 32, 3):
                (checkpoints / str(point)).write_bytes(content)
            os.mkfifo(checkpoints / "1")
            (checkpoints / "2").mkdir()
            running.write_bytes(content)
            code, output, _ = self.run_limited("status", path)
            self.assertEqual(code, SUCCESS)
            self.assertEqual(
                unwrapped(output).count(f"{running.name}: is empty or damaged, and is ignored"), 1)
            code, _, errors = self.run_limited("run", self.configuration, "-o", path)
            self.assertEqual(code, SUCCESS, errors)
            self.assertEqual(errors.count("the checkpoint is damaged: its point starts again"), 1)
            self.assertEqual(errors.count("is empty or damaged, and is ignored"), int(content != b""))
            self.assertEqual(self.assert_whole(path), 32)


def print_table(table):
    print()
    for key, count in sorted(table.items()):
        print("{:10} {:10} {:8} exit code {:2}: {:5}".format(*key, count))


if __name__ == "__main__":
    for option in ("--mutations", "--seed"):
        if option in sys.argv:
            position = sys.argv.index(option)
            globals()[option[2:]] = int(sys.argv[position + 1])
            del sys.argv[position:position + 2]
    unittest.main()
