#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fills in the numbers of docs/findings.md.

    data/experiments/findings.py                       writes docs/findings.md from findings.md and tables/
    data/experiments/findings.py table NAME RESULTS... writes tables/NAME.json from results files

findings.md has the sentences, with marks in place of numbers. A table is the JSON of `flatgrid report` without its
sentences, on the machine that computed the results. Marks:

    {{NAME | samples=160 noise=0 | flattest | population_loss}}   a median of a comparison
    {{NAME | largest noise=0 | lazy | flatness_ratio}}            the largest (smallest) of several comparisons
    {{NAME | Claim 1}}                                            the outcome of a verdict
    {{NAME | Claim 1 | QUANTITY | CELL}}                          a statistic of a finding
    {{NAME | Claim 1 | WHAT}}                                     a statistic of the evidence
    {{NAME | files}}                                              numbers of points and seeds

A number is followed by its interval. `: value` at the end of a mark omits it; `: count` gives a share as "29 of 30".
"""

import json
import math
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
TABLES = HERE / "tables"
SENTENCES = HERE / "findings.md"
PAGE = REPOSITORY / "docs" / "findings.md"
# The code that figures depend on.
FIGURES_CODE = ["src/algorithm", "src/base", "src/measure", "src/network", "src/problem", "src/random", "src/report",
                "include/flatgrid"]
# Medians besides those that a report shows.
VARIABLES = {
    "biases": ["extreme_samples"],
    "frontier": ["null_space_radius", "worst_loss_bound"],
    "least-norm": ["path_norm_ratio"],
}
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
MARK = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class Unknown(Exception):
    """A mark without a number."""


def digits(value):
    """A number with the digits that prose has room for."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    text = f"{value:.3g}" if 0.01 <= abs(value) < 1000 else f"{value:.2g}"
    return re.sub(r"e([+-])0*(\d)", lambda power: "e" + power[1].replace("+", "") + power[2], text)


def statistic_text(statistic, form):
    if form == "value":
        return digits(statistic["value"])
    if form == "count":
        sets = statistic.get("data_sets", statistic.get("points"))
        return f"{round(statistic['value'] * sets)} of {sets}"
    if statistic["low"] is None and statistic["high"] is None:
        return digits(statistic["value"])
    return f"{digits(statistic['value'])} [{digits(statistic['low'])}, {digits(statistic['high'])}]"


def comparisons_where(table, words):
    """The comparisons whose group has these values, of words such as samples=160."""
    wanted = dict(word.split("=") for word in words)
    return [comparison for comparison in table["comparisons"]
            if all(axis in comparison["group"] and comparison["group"][axis] == float(value)
                   for axis, value in wanted.items())]


def median_of(table, selection, algorithm, variable):
    words = selection.split()
    choose = {"largest": max, "smallest": min}.get(words[0])
    found = [row["medians"][variable]
             for comparison in comparisons_where(table, words[1:] if choose else words)
             for row in comparison["algorithms"]
             if row["algorithm"] == algorithm and row["medians"].get(variable, {}).get("value") is not None]
    if not found or (len(found) > 1 and choose is None):
        raise Unknown(f"{len(found)} comparisons with {algorithm}, {variable}")
    return choose(found, key=lambda statistic: statistic["value"]) if choose else found[0]


def verdict_statistic(verdict, names):
    """A finding by its quantity and cell, or evidence by its name."""
    entries = ([finding for finding in verdict["findings"] if [finding["quantity"], finding["cell"]] == names]
               if len(names) == 2 else
               [evidence for evidence in verdict["evidence"] if [evidence["what"]] == names])
    if len(entries) != 1:
        raise Unknown(f"{len(entries)} entries of {verdict['claim']}")
    return entries[0]


def text_of_mark(mark, tables):
    mark, _, form = " ".join(mark.split()).partition(" : ")
    name, *path = [part.strip() for part in mark.split("|")]
    if name not in tables:
        raise Unknown(f"no table tables/{name}.json")
    table = tables[name]
    if path == ["files"]:
        return f"{table['points']} points, {table['seeds']} seeds"
    verdicts = {verdict["claim"]: verdict for verdict in table["verdicts"]}
    if path[0] in verdicts:
        verdict = verdicts[path[0]]
        return verdict["outcome"] if len(path) == 1 else statistic_text(verdict_statistic(verdict, path[1:]), form)
    if len(path) != 3:
        raise Unknown(f"no verdict '{path[0]}'; there are {', '.join(verdicts)}")
    return statistic_text(median_of(table, *path), form)


def read_tables():
    return {path.stem: json.loads(path.read_text()) for path in sorted(TABLES.glob("*.json"))}


def changed_since(commit):
    """Whether the code of the figures was changed after this commit; None if the history is not at hand."""
    run = subprocess.run(["git", "diff", "--quiet", commit.removesuffix("-dirty"), "HEAD", "--", *FIGURES_CODE], cwd=REPOSITORY,
                         capture_output=True)
    return {0: False, 1: True}.get(run.returncode)


def provenance(tables):
    """The table of tables."""
    lines = ["| table | points, seeds | commit | machine |", "|---|---|---|---|"]
    for name, table in tables.items():
        commits = ", ".join(sorted({file["git_commit"][:12] for file in table["files"]}))
        lines.append(f"| [{name}](../data/experiments/tables/{name}.json) | {table['points']}, {table['seeds']} "
                     f"| {commits} | {table['machine']} |")
    return "\n".join(lines)


def link_of_page(match):
    """A link of findings.md as one of docs/findings.md."""
    path, _, anchor = match[1].partition("#")
    moved = os.path.relpath(HERE / path, PAGE.parent)
    return f"]({moved}#{anchor})" if anchor else f"]({moved})"


def filled_in(sentences, tables):
    """The page; raises Unknown with all marks that have no number."""
    unknown = []

    def text(match):
        try:
            return text_of_mark(match[1], tables)
        except Unknown as error:
            unknown.append(f"{{{{{match[1]}}}}}: {error}")
            return "?"

    page = MARK.sub(text, LINK.sub(link_of_page, sentences).replace("{{tables}}", provenance(tables)))
    if unknown:
        raise Unknown("\n".join(unknown))
    return page


def rounded(value):
    """Six digits: more than a sentence has."""
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


def processor():
    try:
        return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        return platform.machine()


def table_of(name, results, program):
    """What `flatgrid report` finds in the files, without its sentences."""
    variables = ["flatness_ratio", "trace_ratio", "population_loss", "relative_loss", *VARIABLES.get(name, [])]
    report = json.loads(subprocess.run([program, "report", *results, "--json", "--variable", ",".join(variables)],
                                       check=True, capture_output=True, text=True).stdout)
    counts = [subprocess.run([program, "status", file, "--json"], check=True, capture_output=True, text=True).stdout
              for file in results]
    for verdict in report["verdicts"]:
        for entry in (verdict, *verdict["findings"]):
            for key in ("statement", "words", "claimed", "null", "comparisons", "reason"):
                entry.pop(key, None)
    return rounded({
        "points": sum(json.loads(count)["points"]["all"] for count in counts),
        "seeds": max(comparison["seeds"] for comparison in report["comparisons"]),
        "machine": processor(), **report})


def write_table(path, table):
    """One comparison or verdict a line, so that a change shows where it is."""
    def lines(entries):
        return "[\n  " + ",\n  ".join(json.dumps(entry) for entry in entries) + "\n ]"
    path.parent.mkdir(exist_ok=True)
    path.write_text("{" + ",".join(
        f'\n "{key}": ' + (lines(value) if isinstance(value, list) else json.dumps(value))
        for key, value in table.items()) + "\n}\n")


def main(arguments):
    if arguments[:1] == ["table"] and len(arguments) > 2:
        program = os.environ.get("FLATGRID", REPOSITORY / "build" / "release" / "flatgrid")
        write_table(TABLES / f"{arguments[1]}.json", table_of(arguments[1], arguments[2:], program))
    elif arguments:
        sys.exit(__doc__)
    tables = read_tables()
    try:
        PAGE.write_text(filled_in(SENTENCES.read_text(), tables))
    except Unknown as error:
        sys.exit(f"findings: {error}")
    for name, table in tables.items():
        for file in table["files"]:
            if changed_since(file["git_commit"]) is not False:
                print(f"findings: table {name} was computed by {file['git_commit']}, before the last change of the code "
                      f"of figures: jobs/experiments.sh {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
