# SPDX-License-Identifier: MIT
"""Shared by the end-to-end tests: a scratch folder, the flatgrid program as users start it, and reading of its
results files without flatgrid's own code.

The environment variable FLATGRID names the program under test.
"""

import hashlib
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy

import check_results_file

FLATGRID = os.environ.get("FLATGRID", "flatgrid")
REPOSITORY = Path(__file__).parents[2]

SUCCESS, BAD_INPUT, POINTS_FAILED, WORK_LEFT = 0, 2, 3, 75
DONE, NOT_INTERPOLATING, CUT_SHORT = 1, 2, 5

# A grid of 32 points, some of which cannot interpolate. Each point takes milliseconds.
TINY = {
    "grid.algorithm": "teacher, gradient-descent, lazy, random-features",
    "grid.samples": "24",
    "grid.noise": "0, 0.2",
    "grid.width": "20, 40",
    "grid.seed": "0..1",
    "problem.dimension": "3",
    "training.steps": "500",
    "output.history": "4",
}


def write_configuration(path, changes=None):
    """Writes TINY with `changes` ({"section.key": "value", or None to leave the key out})."""
    sections = {}
    for name, value in {**TINY, **(changes or {})}.items():
        section, key = name.split(".")
        if value is not None:
            sections.setdefault(section, []).append(f"{key} = {value}\n")
    path.write_text("".join(f"[{name}]\n{''.join(lines)}\n" for name, lines in sections.items()))
    return path


def machine_environment():
    """The variables that jobs/environment.sh sets."""
    printed = subprocess.run(["bash", "-c", 'source "$0" && env -0', REPOSITORY / "jobs/environment.sh"],
                             check=True, capture_output=True, text=True).stdout
    left_behind = dict(variable.split("=", 1) for variable in printed.split("\0") if variable)
    return {name: value for name, value in left_behind.items() if os.environ.get(name) != value}


# Without a search for network hardware ranks start in half the time.
ON_ONE_MACHINE = {"OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader", "OMPI_MCA_mtl": "^ofi"}


# The message that the mpirun of Open MPI 5 prints if the exit code is not 0.
OF_OPEN_MPI_5 = re.compile(r"-{9,}\nprterun detected .*?\n-{9,}\n", re.DOTALL)


class ScratchFolder(unittest.TestCase):
    """A test case with temporary folders: `folder` for its files, `scratch` for those of MPI."""

    environment = {}  # more variables for the program

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="flatgrid-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name) / "files"
        cls.scratch = Path(temporary.name) / "mpi"
        cls.folder.mkdir()
        cls.scratch.mkdir()
        cls.machine = machine_environment()

    @classmethod
    def start(cls, *arguments, ranks=0, **options):
        """Starts `flatgrid ARGUMENTS` in the folder, in a new session: under mpirun with `ranks` ranks, or without
        mpirun if `ranks` is 0."""
        launcher = ["mpirun", "--bind-to", "none", "-np", str(ranks)]
        environment = {
            **os.environ,
            **cls.machine,
            # Files that killed ranks leave behind are removed with the test.
            "OMPI_MCA_btl_vader_backing_directory": str(cls.scratch),
            "TMPDIR": str(cls.scratch),
            **(ON_ONE_MACHINE if ranks else {}),
            "COLUMNS": "80",
            **cls.environment,
        }
        return subprocess.Popen(
            (launcher if ranks else []) + [FLATGRID, *map(str, arguments)],
            cwd=cls.folder, env=environment, stdin=subprocess.DEVNULL, start_new_session=True,
            text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})

    @classmethod
    def flatgrid(cls, *arguments, ranks=0, timeout=60):
        """Runs `flatgrid ARGUMENTS` to its end; more than `timeout` seconds count as hanging."""
        process = cls.start(*arguments, ranks=ranks)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            output, errors = kill_session(process)
            raise AssertionError(f"flatgrid {arguments} hangs at {ranks} ranks\n{output}\n{errors}")
        errors = OF_OPEN_MPI_5.sub("", errors)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    @classmethod
    def succeed(cls, *arguments, **options):
        """Runs `flatgrid ARGUMENTS`, which must succeed, and returns its standard output."""
        result = cls.flatgrid(*arguments, **options)
        if result.returncode != SUCCESS:
            raise AssertionError(f"flatgrid {arguments}: exit code {result.returncode}\n"
                                 f"{result.stdout}\n{result.stderr}")
        return result.stdout

    @classmethod
    def make_reference(cls, changes=None, ranks=2):
        """Makes the configuration of a grid, and its results in an uninterrupted run. Returns the seconds of
        the run."""
        cls.configuration = write_configuration(cls.folder / "grid.cfg", changes)
        cls.reference = cls.folder / "reference.h5"
        begin = time.monotonic()
        cls.succeed("run", cls.configuration, "-o", cls.reference, ranks=ranks, timeout=300)
        return time.monotonic() - begin

    def assert_same_results(self, one, other):
        """Checks that two results files have the same bits."""
        self.assertEqual(explain_difference(contents(one), contents(other)), "")

    def assert_whole(self, path):
        """Checks that every point is pending or has the right checksum. Returns how many are not pending."""
        check_results_file.problems.clear()
        with h5py.File(path, "r") as file:
            check_results_file.check_checksums(file)
            self.assertEqual(check_results_file.problems, [])
            return numpy.count_nonzero(file["status"])


def code_blocks(page):
    """The fenced blocks of a page as pairs of their kind, for example "sh", and their lines."""
    return re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", page)


def unwrapped(text, begin="  "):
    """Joins the lines that flatgrid broke at 80 columns; `begin` is the indentation of continued lines."""
    return text.replace("\n" + begin, " ")


def session_members(process):
    """Process ids of the session that `process` leads, without zombies."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue  # the process has ended meanwhile
            if int(session) == process.pid and state != "Z":
                members.append(int(entry.name))
    return members


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def rank_processes(process):
    """Process ids of the ranks that the mpirun `process` has started."""
    return [pid for pid in session_members(process) if is_flatgrid(pid)]


def is_flatgrid(pid):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", FLATGRID)
    except OSError:
        return False  # the process has ended meanwhile


def listening_ranks(process, number):
    """Waits until all ranks that mpirun has started handle signal `number`, and returns them; returns [] if mpirun
    ends first."""
    while process.poll() is None:
        ranks = rank_processes(process)
        if ranks and all(handles(pid, number) for pid in ranks):
            return ranks
        time.sleep(0.01)
    return []


def handles(pid, number):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False  # the process has ended meanwhile
    return bool(int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16) >> (number - 1) & 1)


def kill_session(process):
    """Kills mpirun and all ranks, waits for their end and returns their standard output and error."""
    while members := session_members(process):
        send(members, signal.SIGKILL)
        process.poll()
        time.sleep(0.01)
    return process.communicate()


def snapshot(folder):
    """Name, kind, bytes and time of modification of everything below a folder."""
    state = {}
    for path in sorted(folder.rglob("*")):
        information = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        state[str(path.relative_to(folder))] = (information.st_mode, information.st_mtime_ns, digest)
    return state


def contents(path):
    """Bytes, type, shape and attributes of every object of a results file, by name, without the variable `seconds`
    and the attribute `created`, the only ones that may differ between runs."""
    found = {}

    def visit(name, item):
        for key, value in item.attrs.items():
            # DIMENSION_LIST and REFERENCE_LIST are addresses in the file; names of dimensions are compared below.
            if key not in ("created", "DIMENSION_LIST", "REFERENCE_LIST"):
                found[f"{name}@{key}"] = repr(numpy.asarray(value).tolist())
        if isinstance(item, h5py.Dataset) and name != "seconds":
            values = item[()]
            found[name] = (str(item.dtype), item.shape, numpy.asarray(values).tolist()
                           if values.dtype.hasobject else values.tobytes())
            found[f"{name} dimensions"] = [[scale.name for scale in dimension.values()]
                                           for dimension in item.dims]

    with h5py.File(path, "r") as file:
        visit("/", file)
        file.visititems(visit)
    return found


def explain_difference(one, other):
    different = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    return "" if not different else f"differ: {', '.join(different)}"
