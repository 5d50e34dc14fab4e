#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every file includes what it needs. Precompiled headers, and files that are compiled together, hide
a missing include from the build.

    tests/check_headers.py BUILD

BUILD is a folder that CMake has configured and built (its compile_commands.json is read).

- Headers of the standard library: a file that uses a name of DECLARED_BY must include its header, itself or
  through a header of ours.
- Headers of ours: this script compiles sources that the build compiles together, and headers that no source
  includes first, each alone, with the flags of the build. The build compiles the other sources alone.

Prints a line for each file that lacks an include; the exit code is then 1.
"""

import concurrent.futures
import functools
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HEADERS = sorted(path for room in ("include", "src") for path in (CHECKOUT / room).rglob("*.hpp"))
SOURCES = sorted((CHECKOUT / "src").rglob("*.cpp"))

# Regular expressions of names without std::. They match names in std::ranges, too.
DECLARED_BY = {
    "algorithm": "all_of any_of binary_search clamp copy count count_if equal fill find find_if lower_bound max "
                 "max_element min min_element minmax none_of nth_element remove_if reverse rotate sort "
                 "stable_sort transform unique upper_bound",
    "array": "array",
    "charconv": "from_chars to_chars",
    "chrono": r"chrono::\w+",
    "cmath": "abs cbrt ceil cos erf erfc exp expm1 floor fma fmod frexp hypot isfinite isinf isnan ldexp lgamma "
             "llround log log10 log1p log2 nextafter pow round signbit sin sqrt tan tanh tgamma trunc",
    "cstdint": r"u?int(8|16|32|64)_t",
    "cstdlib": "abort exit getenv",
    "cstring": "memcmp memcpy memset strerror strlen",
    "exception": "current_exception exception exception_ptr rethrow_exception",
    "filesystem": r"filesystem::\w+",
    "fstream": "fstream ifstream ofstream",
    "functional": "cref function hash invoke ref reference_wrapper",
    "iostream": "cerr cin cout",
    "iterator": "back_inserter inserter istreambuf_iterator make_move_iterator next prev",
    "limits": "numeric_limits",
    "map": "map multimap",
    "memory": "make_shared make_unique shared_ptr unique_ptr weak_ptr",
    "mutex": "lock_guard mutex once_flag scoped_lock unique_lock",
    "numbers": r"numbers::\w+",
    "numeric": "accumulate gcd inner_product iota lcm partial_sum reduce",
    "optional": "nullopt optional",
    "queue": "priority_queue queue",
    "regex": "regex regex_match regex_replace regex_search smatch",
    "set": "multiset set",
    "span": "span",
    "sstream": "istringstream ostringstream stringstream",
    "stdexcept": "invalid_argument logic_error out_of_range runtime_error",
    "string": "getline stod stoi string to_string",
    "string_view": "string_view",
    "system_error": "errc error_code generic_category make_error_code system_error",
    "thread": r"jthread this_thread::\w+ thread",
    "tuple": "make_tuple tie tuple",
    "utility": "as_const exchange forward in_range index_sequence move pair swap",
    "variant": "get_if holds_alternative monostate variant visit",
    "vector": "vector",
}


@functools.cache
def parts(path):
    """The text of a file without comments and strings, and what it includes: our files, and others by name."""
    text = re.sub(r"//.*", "", path.read_text())
    ours, others = set(), set()
    for name in re.findall(r'^#include [<"]([^>"]+)[>"]', text, re.MULTILINE):
        found = [folder / name for folder in (path.parent, CHECKOUT / "include") if (folder / name).exists()]
        if found:
            ours.add(found[0].resolve())
        else:
            others.add(name)
    return re.sub(r'"(\\.|[^"\\\n])*"', "", text), ours, others


def included(path):
    """The names of all headers, except ours, that a file includes itself or through a header of ours."""
    seen, left = {path}, [path]
    for file in left:
        ahead = parts(file)[1] - seen
        seen |= ahead
        left += ahead
    return set().union(*(parts(file)[2] for file in left))


def missing_includes():
    for path in HEADERS + SOURCES:
        text, has = parts(path)[0], included(path)
        for header, names in DECLARED_BY.items():
            used = re.search(rf"\bstd::(ranges::)?({'|'.join(names.split())})\b", text)
            if used and header not in has:
                yield f"{path.relative_to(CHECKOUT)}: {used[0]} without <{header}>"


def first_include(source):
    """The full path of the header that a source includes first; None if the header is not ours."""
    found = re.search(r'^#include [<"]([^>"]+)[>"]', source.read_text(), re.MULTILINE)
    folders = (source.parent, CHECKOUT / "include")
    paths = [folder / found[1] for folder in folders] if found else []
    return next((path.resolve() for path in paths if path.exists()), None)


def alone(build):
    """(file, the command that checks it, the folder of the command) for each file that the build does not compile
    alone."""
    together, header_command = {}, None
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        words = words[1:] if "ccache" in words[0] else words
        command = ([*words[:words.index("-o")], "-fsyntax-only", "-x", "c++", "-"], entry["directory"])
        if "CMakeFiles/flatgrid.dir/" in entry["command"]:
            header_command = command
        if "/Unity/" in entry["file"]:
            for name in re.findall('#include "(.*)"', Path(entry["file"]).read_text()):
                together[Path(name).resolve()] = command
    if header_command is None:
        sys.exit(f"{build}: nothing there is compiled for flatgrid")
    begun = {first_include(source) for source in SOURCES}
    headers = {header: header_command for header in HEADERS if header not in begun}
    sources = {source: together[source] for source in SOURCES if source in together}
    return [(path, *command) for path, command in {**sources, **headers}.items()]


def first_error(file, command, folder):
    end = subprocess.run(command, input=f'#include "{file}"\n', cwd=folder, capture_output=True, text=True,
                         check=False)
    lines = [line for line in end.stderr.splitlines() if "error" in line] or ["fails"]
    return None if end.returncode == 0 else f"{file.relative_to(CHECKOUT)}: {lines[0]}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    errors = list(missing_includes())
    files = alone(Path(sys.argv[1]))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        errors += filter(None, pool.map(lambda file: first_error(*file), files))
    print("\n".join(errors) or f"{len(HEADERS + SOURCES)} files include what they need; {len(files)} of them "
          "compiled alone here, the others by the build")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
