#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/findings.md: its numbers are those of the tables, the tables those of the program, and README shows no others."""

import importlib.util
import re
import unittest

from flatgrid_program import FLATGRID, REPOSITORY, ScratchFolder

SPECIFICATION = importlib.util.spec_from_file_location("findings", REPOSITORY / "data/experiments/findings.py")
findings = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(findings)

# The experiment that is computed again: the one that takes least time.
COMPUTED_AGAIN = "quickstart"


def statistics_of(table):
    """(name, statistic) of every median, finding and evidence of a table."""
    for comparison in table["comparisons"]:
        for row in comparison["algorithms"]:
            for variable, median in row["medians"].items():
                yield (str(comparison["group"]), row["algorithm"], variable), median
    for verdict in table["verdicts"]:
        for finding in verdict["findings"]:
            yield (verdict["claim"], finding["quantity"], finding["cell"]), finding
        for evidence in verdict["evidence"]:
            yield (verdict["claim"], evidence["what"]), evidence


class Findings(ScratchFolder):
    def test_the_page_is_what_the_script_makes_of_the_tables(self):
        page = findings.filled_in(findings.SENTENCES.read_text(), findings.read_tables())
        self.assertEqual(page, findings.PAGE.read_text())

    def test_a_mark_without_a_number_is_refused(self):
        tables = findings.read_tables()
        for mark, words in (("nothing | files", "no table"),
                            (f"{COMPUTED_AGAIN} | Claim 3", "no verdict"),
                            (f"{COMPUTED_AGAIN} | noise=7 | flattest | population_loss", "0 comparisons"),
                            (f"{COMPUTED_AGAIN} | samples=100 | flattest | population_loss", "2 comparisons"),
                            (f"{COMPUTED_AGAIN} | Claim 1 | nothing | nowhere", "0 entries")):
            with self.subTest(mark), self.assertRaisesRegex(findings.Unknown, words):
                findings.filled_in("{{" + mark + "}}", tables)

    def test_readme_shows_the_numbers_of_the_table(self):
        rows = {row["algorithm"]: row["medians"]
                for comparison in findings.comparisons_where(findings.read_tables()["quickstart"], ["noise=0"])
                for row in comparison["algorithms"]}
        number = r"[0-9][0-9.e-]*"
        shown = re.findall(rf"(?m)^([a-z-]+) +({number}) \[({number}), ({number})\] +({number}) "
                           rf"\[({number}), ({number})\] +10/10$", (REPOSITORY / "README.md").read_text())
        self.assertEqual(sorted(row[0] for row in shown), sorted(rows))
        for name, *numbers in shown:
            medians = rows[name]
            wanted = [medians[variable][end] for variable in ("flatness_ratio", "population_loss")
                      for end in ("value", "low", "high")]
            self.assertEqual([float(text) for text in numbers], [float(f"{value:.3g}") for value in wanted], name)

    def test_a_table_is_computed_again(self):
        table = findings.read_tables()[COMPUTED_AGAIN]
        [file] = table["files"]
        configuration = self.folder / "again.cfg"
        configuration.write_text(file["configuration"])
        results = self.folder / "again.h5"
        self.succeed("run", configuration, "-o", results, ranks=2, timeout=600)
        again = findings.table_of(COMPUTED_AGAIN, [results], FLATGRID)
        self.assertEqual(again["points"], table["points"])
        expected, computed = dict(statistics_of(table)), dict(statistics_of(again))
        self.assertEqual(sorted(computed), sorted(expected))
        self.assertGreater(len(expected), 30)
        for name, statistic in expected.items():
            with self.subTest(name):
                value, now = statistic["value"], computed[name]["value"]
                if value is None:
                    self.assertIsNone(now)
                    continue
                # Another compiler or processor rounds otherwise, and the search for the flattest ends elsewhere within
                # its gap: 2e-3, or anywhere in the interval.
                slack = 2e-3 * abs(value) + 1e-9
                low, high = (value if statistic[end] is None else statistic[end] for end in ("low", "high"))
                self.assertGreaterEqual(now, min(low, value) - slack)
                self.assertLessEqual(now, max(high, value) + slack)


if __name__ == "__main__":
    unittest.main()
