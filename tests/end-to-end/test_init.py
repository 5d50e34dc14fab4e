#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`flatgrid init`: its configurations run without changes, and their comments on keys are those of `flatgrid
help`."""

import re
import resource
import unittest

import h5py
import numpy

from flatgrid_program import BAD_INPUT, SUCCESS, ScratchFolder, snapshot, unwrapped

QUESTIONS = ("claims", "own-data", "training-dynamics")


class Init(ScratchFolder):
    def plan(self, name):
        """The output of `plan`, which must succeed without a message on standard error."""
        planned = self.flatgrid("plan", name)
        self.assertEqual((planned.returncode, planned.stderr), (SUCCESS, ""))
        return planned.stdout

    def test_the_questions_are_listed(self):
        listed = self.succeed("init")
        self.assertEqual(tuple(re.findall(r"(?m)^  (\S+)  ", listed)), QUESTIONS)
        self.assertEqual(self.succeed("init", "--for", "claims"),
                         (self.write("listed.cfg", "claims")).read_text())

    def write(self, name, question):
        said = unwrapped(self.succeed("init", name, "--for", question))
        self.assertRegex(said, rf"^{name}: a configuration for {question}; .*next: flatgrid plan {name}\n$")
        return self.folder / name

    def test_they_are_planned_as_they_are(self):
        self.succeed("init", "first.cfg")
        self.assertEqual((self.folder / "first.cfg").read_text(), self.write("claims.cfg", "claims").read_text())
        self.write("dynamics.cfg", "training-dynamics")
        for name in ("claims.cfg", "dynamics.cfg"):
            self.assertNotIn("warning", self.plan(name).replace("may not interpolate", ""))

    def test_every_comment_of_a_key_is_that_of_help(self):
        for question in QUESTIONS:
            text = self.write(f"comments-{question}.cfg", question).read_text()
            self.assertLessEqual(max(map(len, text.splitlines())), 80)
            section, comment, keys = None, [], 0
            for line in text.splitlines():
                key = re.fullmatch(r"(?:# )?([a-z-]+) = (.*)", line)
                if line.startswith("["):
                    section, comment = line.strip("[]"), []
                elif section and key:
                    name = f"{section}.{key[1]}"
                    first, *rest = self.succeed("help", name).split("\n\n", 1)[1].splitlines()
                    self.assertIn(" ".join(map(str.strip, rest[:1])), " ".join(comment))
                    if line.startswith("#"):
                        self.assertEqual(first, f"{name} = {key[2]}")
                    comment, keys = [], keys + 1
                elif line.startswith("#"):
                    comment.append(line.lstrip("# "))
            self.assertGreater(keys, 10)

    def test_the_one_for_claims_runs_in_seconds_and_answers(self):
        self.write("run.cfg", "claims")
        self.succeed("run", "run.cfg", "-o", "run.h5", ranks=2, timeout=120)
        said = unwrapped(self.succeed("report", "run.h5", "-o", "run"))
        self.assertRegex(said, r"Claim 1: \w+")
        self.assertRegex(said, r"Claim 2: \w+")

    def test_the_one_for_own_data_says_what_to_fill_in(self):
        configuration = self.write("own.cfg", "own-data")
        text = configuration.read_text()
        marked = re.findall(r"(?m)^# FILL IN: .*\n(?:#.*\n)*(\S+) = ", text)
        self.assertEqual(marked, ["samples", "data-file", "dimension"])
        refused = self.flatgrid("plan", "own.cfg")
        self.assertEqual((refused.returncode, refused.stdout), (BAD_INPUT, ""))
        self.assertRegex(refused.stderr, r"\Aflatgrid: my-data\.h5: there is no such file\n\Z")
        # The Python code in the configuration's comment writes a data file.
        python = re.search(r"(?m)^#     import h5py\n(?:#     .*\n)+", text)[0].replace("#     ", "")
        inputs = numpy.random.RandomState(0).standard_normal((150, 4))
        exec(python.replace("my-data.h5", str(self.folder / "filled.h5")),
             {"inputs": inputs, "labels": inputs[:, 0]})
        filled = re.sub(r"(?m)^samples = .*", "samples = 50", text)
        filled = filled.replace("my-data.h5", "filled.h5").replace("dimension = 8", "dimension = 4")
        configuration.write_text(filled)
        self.assertIn("data-file = filled.h5", self.plan("own.cfg"))

    def test_nothing_is_overwritten(self):
        self.write("kept.cfg", "claims")
        before = snapshot(self.folder)
        for arguments, reason in (
                (["kept.cfg"], "kept.cfg: exists already and is not overwritten"),
                (["none/kept.cfg"], "none/kept.cfg: there is no folder none"),
                (["new.cfg", "--for", "claim"], "init: --for 'claim': did you mean 'claims'?"),
                (["new.cfg", "--for", "weather"],
                 "init: --for 'weather': is none of claims, own-data, training-dynamics"),
                (["new.cfg", "newer.cfg"], "init: 'newer.cfg' is one argument too many; see `flatgrid init --help`")):
            refused = self.flatgrid("init", *arguments)
            self.assertEqual((refused.returncode, refused.stdout, refused.stderr),
                             (BAD_INPUT, "", f"flatgrid: {reason}\n"))
        # A limit on the size of files causes a write error, like a full disk.
        limited = self.start("init", "limited.cfg", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)))
        said = limited.communicate(timeout=20)
        self.assertEqual((limited.returncode, said),
                         (BAD_INPUT, ("", "flatgrid: limited.cfg: cannot write: File too large\n")))
        self.assertEqual(snapshot(self.folder), before)


if __name__ == "__main__":
    unittest.main()
