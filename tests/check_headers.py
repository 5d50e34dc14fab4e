#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every header compiles alone, with the flags that the program itself is built with.

    tests/check_headers.py BUILD

BUILD is a folder that CMake has configured (its compile_commands.json is read). A header that a
source begins with is compiled alone with that source (unless headers are precompiled); the others are
compiled here. Prints the first error of each header that does not; exit code 1 if there is one.
"""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def flags(build):
    """Of a command, which may include every room: without its own name and output."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if "CMakeFiles/flatgrid.dir/" in entry["command"]:
            words = shlex.split(entry["command"])
            words = words[1:] if "ccache" in words[0] else words
            if "-include" in words:  # precompiled headers would stand in for what is missing
                at = words.index("-include")
                del words[at:at + 2]
            end = words.index("-o")
            kept = [word for word in words[:end] if not word.startswith(("-O", "-march"))]
            return kept, entry["directory"]
    sys.exit(f"{build}: nothing there is compiled for flatgrid")


def first_include(source):
    """The header that a source includes first, by its whole name; None if it includes none."""
    found = re.search(r'^#include [<"]([^>"]+)[>"]', source.read_text(), re.MULTILINE)
    folders = (source.parent, CHECKOUT / "include")
    paths = [folder / found[1] for folder in folders] if found else []
    return next((path.resolve() for path in paths if path.exists()), None)


def first_error(header, command, folder):
    text = f'#include "{header}"\n'
    end = subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], input=text, cwd=folder,
                         capture_output=True, text=True, check=False)
    lines = [line for line in end.stderr.splitlines() if "error" in line] or ["fails"]
    return None if end.returncode == 0 else f"{header}: {lines[0]}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    command, folder = flags(Path(sys.argv[1]))
    headers = sorted((CHECKOUT / "include").rglob("*.hpp")) + sorted((CHECKOUT / "src").rglob("*.hpp"))
    compiled = {first_include(source) for source in (CHECKOUT / "src").rglob("*.cpp")}
    headers = [header for header in headers if header not in compiled]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = list(filter(None, pool.map(lambda h: first_error(h, command, folder), headers)))
    print("\n".join(errors) or f"every header compiles alone: {len(compiled - {None})} with their "
          f"sources, {len(headers)} here")
    return 1 if errors or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
