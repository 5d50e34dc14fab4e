# SPDX-License-Identifier: MIT
"""A private Slurm on this machine: a controller and two nodes, which share the machine's cores, with all files in one
folder. The system's configuration is neither read nor changed.

Each node has its own host name (in a namespace); otherwise mpirun would take both for one node and wait forever. The
private Slurm needs root and the Debian packages slurm-wlm and munge.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NODES = ("n1", "n2")


def what_is_missing():
    """The reason why no Slurm can be started here; empty if it can."""
    programs = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "unshare")
    missing = [name for name in programs if not shutil.which(name, path=search_path())]
    if missing:
        return f"Slurm is not installed (there is no {', '.join(missing)})"
    if os.geteuid() != 0:
        return "only root can start a Slurm of its own"
    trial = subprocess.run(["unshare", "--mount", "--uts", "true"], capture_output=True)
    if trial.returncode != 0:
        return "namespaces are not allowed here (unshare failed)"
    return ""


def search_path():
    return os.environ["PATH"] + ":/usr/sbin:/sbin"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


CONFIGURATION = """
ClusterName=flatgrid
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
# A requeued job starts again only when its credential has expired.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,sched_min_interval=0,batch_sched_delay=1
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=10
UnkillableStepTimeout=60
InactiveLimit=0
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MinJobAge=3600
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={n1_port} CPUs=2
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={n2_port} CPUs=2
PartitionName=low Nodes=n1,n2 Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=5 MaxTime=INFINITE
PartitionName=high Nodes=n1,n2 PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE
"""


class PrivateSlurm:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.daemons = {}
        controller_port, n1_port, n2_port = free_ports(3)
        for name in ("state", *NODES):
            (self.folder / name).mkdir()
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            folder=self.folder, host=socket.gethostname(), controller_port=controller_port,
            n1_port=n1_port, n2_port=n2_port))
        self.environment = {
            **{name: value for name, value in os.environ.items()
               if not name.startswith(("SLURM", "SBATCH"))},
            "PATH": search_path(),
            "SLURM_CONF": str(self.folder / "slurm.conf"),
        }

    def start(self):
        key, munge = self.folder / "munge.key", str(self.folder / "munge")
        subprocess.run(["mungekey", "--create", f"--keyfile={key}"], check=True, env=self.environment)
        self.daemons["munged"] = self.spawn(
            "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}.socket",
            f"--pid-file={munge}.pid", f"--log-file={munge}.log", f"--seed-file={munge}.seed")
        self.wait_for(lambda: (self.folder / "munge.socket").exists(), "munged")
        self.daemons["slurmctld"] = self.spawn("slurmctld", "-D", "-f", self.environment["SLURM_CONF"])
        for node in NODES:
            self.start_node(node)
        self.wait_for(self.nodes_are_idle, "the nodes")

    def start_node(self, node):
        self.daemons[node] = self.spawn(
            "unshare", "--mount", "--uts", "sh", "-c",
            f"hostname {node} && exec slurmd -D -N {node} -f {self.environment['SLURM_CONF']}")

    def spawn(self, *command):
        with open(self.folder / "daemons.log", "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    env=self.environment, start_new_session=True)

    def nodes_are_idle(self):
        states = self.ask("sinfo", "--noheader", "--Node", "--partition=low", "--format=%t").split()
        return states == ["idle", "idle"]

    def wait_for(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not there after {seconds} s\n{self.logs()}")
            time.sleep(0.3)

    def logs(self):
        return "\n".join(f"==> {path.name}\n{path.read_text(errors='replace')[-3000:]}"
                         for path in sorted(self.folder.glob("*.log")))

    def ask(self, *command):
        """The standard output of a command of Slurm; empty if the command fails."""
        return subprocess.run(command, capture_output=True, text=True, env=self.environment).stdout

    def state(self, job):
        """The states (PENDING, RUNNING, COMPLETED, FAILED, ...) of the job with this id, in a list."""
        text = self.ask("scontrol", "--oneliner", "show", "job", str(job))
        return [field.split("=", 1)[1] for field in text.split() if field.startswith("JobState=")]

    def unfinished(self):
        """Ids of the jobs that wait or run."""
        return self.ask("squeue", "--noheader", "--format=%i").split()

    def processes_of(self, node, name=None):
        """Process ids of the slurmd of a node and of all processes below it; only those of program `name`, if given."""
        children = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                children.setdefault(int(fields[1]), []).append(int(entry.name))
        family, index = [self.daemons[node].pid], 0
        while index < len(family):
            family += children.get(family[index], [])
            index += 1
        # Job steps become daemons, which are found by the node name in their environment.
        family += [int(entry.name) for entry in Path("/proc").iterdir()
                   if entry.name.isdigit() and int(entry.name) not in family
                   and self.node_of(entry) == node]
        return [pid for pid in family if name is None or program_of(pid) == name]

    def node_of(self, entry):
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            return None
        own = f"SLURM_CONF={self.environment['SLURM_CONF']}".encode()
        if own not in variables:
            return None
        for variable in variables:
            if variable.startswith(b"SLURMD_NODENAME="):
                return variable.split(b"=")[1].decode()
        return None

    def kill_node(self, node):
        """Kills the slurmd of a node and all processes that it has started, like a power cut."""
        for pid in self.processes_of(node):
            kill(pid)
        self.daemons[node].wait()

    def stop(self):
        self.ask("scancel", "--user=root")
        for node in NODES:
            if node in self.daemons:
                self.kill_node(node)
        for name in ("slurmctld", "munged"):
            if name in self.daemons:
                kill(self.daemons[name].pid)
                self.daemons[name].wait()


def program_of(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return None


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
