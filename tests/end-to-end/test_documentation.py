#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages of the repository: their links have a target, README is short and shows only commands that
test_quickstart.py runs, and the manual's table of algorithms agrees with `flatgrid help`."""

import re
import unittest

from flatgrid_program import REPOSITORY, ScratchFolder, code_blocks

FENCE = re.compile(r"(?ms)^ *```.*?^ *```$")
LINK = re.compile(r"(?m)\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)|<img src=\"([^\"]+)\"")
REFERENCE = re.compile(r"\[([^\]\[]+)\](?![(:\[])")


def pages():
    """All pages, except those in build/, results/ and hidden folders, which scripts make."""
    tops = [top for top in sorted(REPOSITORY.iterdir())
            if top.name not in ("build", "results") and not top.name.startswith(".")]
    return [page for top in tops
            for page in (sorted(top.rglob("*.md")) if top.is_dir() else [top]) if page.suffix == ".md"]


def prose(page):
    """The text of a page without its code, in which brackets are not links."""
    text = FENCE.sub("", page.read_text())
    text = re.sub(r"(?m)^(    |\t).*$", "", text)
    return re.sub(r"`[^`\n]*`", "code", text)


def anchors(page):
    """The anchors that GitHub gives the headings of a page, without numbers for equal headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            for title in re.findall(r"(?m)^#+ +(.*?) *$", FENCE.sub("", page.read_text()))}


class Documentation(ScratchFolder):
    def test_every_link_leads_somewhere(self):
        links = 0
        for page in pages():
            for groups in LINK.findall(prose(page)):
                link = next(filter(None, groups))
                if re.match(r"\w+:", link):
                    continue  # a link to the web, which the test does not access
                links += 1
                path, _, anchor = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                with self.subTest(page=page.relative_to(REPOSITORY), link=link):
                    self.assertTrue(target.is_relative_to(REPOSITORY) and target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target))
        self.assertGreater(links, 40)

    def test_every_name_of_a_link_is_defined(self):
        """Every line `[NAME]: ADDRESS` is used, and every [NAME] that ends in .hpp or .md has such a line."""
        for page in pages():
            text = prose(page)
            defined = set(re.findall(r"(?m)^\[([^\]]+)\]: ", text))
            used = set(REFERENCE.findall(text))
            with self.subTest(page.relative_to(REPOSITORY)):
                self.assertEqual(defined - used, set())
                self.assertEqual({name for name in used if name.endswith((".hpp", ".md"))} - defined,
                                 set())

    def test_every_page_that_a_source_names_is_there(self):
        named = 0
        for folder in ("include", "src", "jobs", "data", "cmake", "tests"):
            for source in (REPOSITORY / folder).rglob("*"):
                if source.suffix not in (".hpp", ".cpp", ".py", ".sh", ".cmake", ".md", ".cfg"):
                    continue
                for name in re.findall(r"\bdocs/[\w-]+\.md\b", source.read_text()):
                    named += 1
                    with self.subTest(source=source.relative_to(REPOSITORY), name=name):
                        self.assertTrue((REPOSITORY / name).exists())
        self.assertGreater(named, 5)

    def test_readme_is_one_screen(self):
        self.assertLessEqual(len((REPOSITORY / "README.md").read_text().splitlines()), 110)

    def test_readme_has_no_command_that_is_not_run(self):
        """All blocks of code in README are of kind sh, which test_quickstart.py runs, or text, which it compares with
        the output. A command within a sentence also occurs in a block."""
        text = (REPOSITORY / "README.md").read_text()
        self.assertEqual({kind for kind, _ in code_blocks(text)}, {"sh", "text"})
        commands = "".join(block for kind, block in code_blocks(text) if kind == "sh")
        sentences = FENCE.sub("", text)
        self.assertEqual(re.findall(r"(?m)^(?:    |\t)\S.*$", sentences), [])
        for code in re.findall(r"`([^`\n]+)`", sentences):
            first = code.split()[0]
            if first.endswith((".sh", "/flatgrid")) or first in ("flatgrid", "mpirun", "cmake", "git"):
                self.assertIn(code, commands)

    def test_the_table_of_algorithms(self):
        text = (REPOSITORY / "docs/manual.md").read_text()
        section = text.split("\n### Algorithms\n")[1].split("\n### ")[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in section.splitlines() if line.startswith("| `")]
        domain = self.succeed("help", "grid.algorithm").split("a list of names out of:")[1]
        self.assertEqual([row[0] for row in rows],
                         [f"`{name}`" for name in domain.replace(",", " ").split()])
        for name, _, source, keys in rows:
            with self.subTest(name):
                told = self.succeed("help", name.strip("`")).split("\nKeys of a configuration")[0]
                always, _, above = told.partition("\nKeys it also reads for activations of degree 2 and 3:\n")
                stated = re.search(r"\nSource:\n((?:    .*\n)+)", always)
                self.assertEqual(source, " ".join(stated[1].split()) if stated else "")
                listed = [[key if "." in key else f"training.{key}"
                           for key in re.findall(r"`([^`]+)`", part)]
                          for part in keys.partition("for degree 2 and 3 also")[::2]]
                self.assertEqual(listed, [re.findall(r"(?m)^([a-z-]+\.[a-z-]+) = ", part)
                                          for part in (always, above)])

    def test_the_table_of_collective_calls(self):
        """The table has every header whose comments say which calls are collective, and all its calls exist."""
        text = (REPOSITORY / "CONTRIBUTING.md").read_text()
        section = text.split("\n## Which calls are collective\n")[1].split("\n## ")[0]
        rows = {name: re.findall(r"`([^`]+)`", calls)
                for name, calls in re.findall(r"(?m)^\| `([^`]+)` \|(.*)\|$", section)}
        headers = {f"{room}/{header.name}": header.read_text()
                   for room in ("parallel", "results", "campaign")
                   for folder in ("include/flatgrid", "src")
                   for header in (REPOSITORY / folder / room).glob("*.hpp")}
        self.assertEqual({name for name, header in headers.items()
                          if re.search(r"\b[Cc]ollective\b", header)}, set(rows))
        for name, calls in rows.items():
            for call in calls:
                with self.subTest(name, call=call):
                    self.assertRegex(headers[name], rf"\b{call}\b")


if __name__ == "__main__":
    unittest.main()
