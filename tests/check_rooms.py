#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the rules on includes and namespaces: a room depends only on the rooms before it.

    tests/check_rooms.py [CHECKOUT]

- A file includes only files of its own room and of those before it in ROOMS.
- No file includes itself through others, and no unit (a header with its source) does.
- Only parallel/ and the source that opens the parallel file call MPI; only results/ calls HDF5; files that read
  results do not include parallel/, not even through others.
- Only files of its own room include a private header (src/ROOM/NAME.hpp).
- A file declares names in the namespace of its room: flatgrid::ROOM; flatgrid for base/; flatgrid::descent, polish
  and flattest for the folders of algorithm/.

Prints a line for each breach; the exit code is then 1.
"""

import re
import sys
from pathlib import Path

ROOMS = ["base", "random", "network", "problem", "measure", "algorithm", "configuration", "grid",
         "schedule", "parallel", "results", "archive", "campaign", "report", "commands"]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
MPI_CALL = re.compile(r"\bMPI_[A-Z][a-z]\w*\s*\(")
HDF5_HEADER = re.compile(r"^(hdf5|hdf5_hl|H5\w+)\.h$")
SPEAKS_MPI = re.compile(r"^(include/flatgrid|src)/parallel/|^src/results/writer\.[ch]pp$")
SPEAKS_HDF5 = re.compile(r"^(include/flatgrid|src)/results/")
NAMESPACE = re.compile(r"^namespace (flatgrid[\w:]*) \{", re.MULTILINE)
SUBROOMS = ["descent", "polish", "flattest"]  # of algorithm/, with a namespace of their own
REGISTRY = Path("src/algorithm/algorithm.cpp")  # declares the algorithms that subrooms define
FREE_OF_MPI = re.compile(r"/report/|/results/reader\.[ch]pp$")


def unit_of(path):
    """ROOM/NAME, the unit of include/flatgrid/ROOM/NAME.hpp and src/ROOM/NAME.cpp."""
    parts = path.with_suffix("").parts
    return "/".join(parts[2:] if parts[0] == "include" else parts[1:])


def reached_from(start, edges):
    reached, stack = set(), list(edges[start])
    while stack:
        other = stack.pop()
        if other not in reached:
            reached.add(other)
            stack += edges[other]
    return reached


def room_of(path):
    parts = path.parts
    return parts[2] if parts[0] == "include" else parts[1]


def namespace_of(path):
    parts = path.with_suffix("").parts[1:]
    parts = parts[1:] if path.parts[0] == "include" else parts
    if parts[0] == "base":
        return "flatgrid"
    return "flatgrid::" + (parts[1] if parts[0] == "algorithm" and parts[1] in SUBROOMS else parts[0])


def check(checkout):
    breaches = []
    files = {}
    for top in ("include/flatgrid", "src"):
        for path in sorted((checkout / top).rglob("*.[ch]pp")):
            files[path.relative_to(checkout)] = path.read_text()

    # includes[path]: the files of the checkout that a file includes
    includes = {}
    for path, text in files.items():
        ours = []
        for name in INCLUDE.findall(text):
            candidates = [Path("include") / name, Path("src") / name, path.parent / name]
            ours += [candidate for candidate in candidates if candidate in files][:1]
            if name == "mpi.h" and not SPEAKS_MPI.search(str(path)):
                breaches.append(f"{path}: includes <mpi.h>")
            if HDF5_HEADER.match(name) and not SPEAKS_HDF5.search(str(path)):
                breaches.append(f"{path}: includes <{name}>")
            if name.startswith("flatgrid/") and Path("include") / name not in files:
                breaches.append(f"{path}: includes {name}, which does not exist")
        includes[path] = ours

        if room_of(path) not in ROOMS:
            breaches.append(f"{path}: room {room_of(path)} is not in the table of rooms")
            continue
        for other in ours:
            if room_of(other) in ROOMS and \
                    ROOMS.index(room_of(other)) > ROOMS.index(room_of(path)):
                breaches.append(f"{path}: room {room_of(path)} includes {other} from above it")
            if other.parts[0] == "src" and (path.parts[0] == "include" or room_of(other) != room_of(path)):
                breaches.append(f"{path}: includes {other}, a private header of another room")
        for namespace in NAMESPACE.findall(text):
            wanted = namespace_of(path)
            if namespace != wanted and not namespace.startswith(wanted + "::") and path != REGISTRY:
                breaches.append(f"{path}: declares names in {namespace}, not in {wanted}")
        call = MPI_CALL.search(text)
        if call and not SPEAKS_MPI.search(str(path)):
            breaches.append(f"{path}: calls {call.group().rstrip('( ')}")

    units = {}
    for path, ours in includes.items():
        units.setdefault(unit_of(path), set()).update(
            unit_of(other) for other in ours if unit_of(other) != unit_of(path))
    for unit in units:
        circle = sorted(other for other in reached_from(unit, units)
                        if unit in reached_from(other, units))
        if circle and unit == circle[0]:
            breaches.append(f"{', '.join(circle)}: include each other in a circle")

    for path in files:
        reached = reached_from(path, includes)
        if path in reached:
            breaches.append(f"{path}: includes itself through other files")
        if FREE_OF_MPI.search(str(path)) and any(room_of(other) == "parallel" for other in reached):
            breaches.append(f"{path}: reads results, yet includes parallel/")
    return files, breaches


def main():
    checkout = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])
    files, breaches = check(checkout)
    print("\n".join(breaches) or f"{len(files)} files keep to their rooms")
    return 1 if breaches or not files else 0


if __name__ == "__main__":
    sys.exit(main())
