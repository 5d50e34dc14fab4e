# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# The settings of your cluster: edit this file, or copy it and name the copy in the environment variable
# FLATGRID_SITE. submit.sh and the jobs read it.

partition=            # empty: the cluster's default
account=
qos=
time_limit=24:00:00   # in the form of sbatch --time
nodes=2               # number of nodes of a many-nodes job
tasks_per_node=       # MPI ranks per node; empty: cores_per_node / threads_per_task
cores_per_node=32     # number of cores of a node
threads_per_task=1    # threads of a rank (flatgrid run --threads), each with a core of its own
memory_per_task=      # in the form of sbatch --mem-per-cpu, for example 2G, for each thread; empty: the cluster's default

# Seconds before the time limit at which Slurm warns the job, which then stops and saves its state. Without a
# warning flatgrid stops 30 seconds before the limit.
warning_seconds=120

# More options for sbatch, for example (--constraint=skylake --exclusive).
extra_options=()

# Commands that prepare the environment of a job, for example loading modules.
prepare() {
  :  # module load openmpi hdf5
}

# How a job starts its ranks. For srun instead of mpirun: launch=(srun --mpi=pmix).
launch=(mpirun)

# The program: built in this checkout, or installed with these scripts.
flatgrid="$flatgrid_root/build/release/flatgrid"
[ -x "$flatgrid" ] || flatgrid="$(readlink -m "$flatgrid_root/../../bin/flatgrid")"
