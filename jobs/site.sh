# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# The settings of your cluster, in one place: edit this file, or copy it and name the copy in the
# environment variable FLATGRID_SITE. Read by submit.sh, when jobs are submitted, and by the jobs.

partition=            # empty: the cluster's default
account=
qos=
time_limit=24:00:00   # as sbatch --time takes it
nodes=2               # of a job of many nodes
tasks_per_node=       # MPI ranks; empty: as many as a node has cores
cores_per_node=32     # what "as many as a node has cores" means
memory_per_task=      # as sbatch --mem-per-cpu takes it, 2G say; empty: the cluster's default

# Seconds before the time limit at which Slurm warns the job, which then stops in an orderly way. It
# does so by itself 30 seconds before the limit, also where the warning does not come.
warning_seconds=120

# More options for sbatch, (--constraint=skylake --exclusive) say.
extra_options=()

# What a job needs before it can start: modules, say.
prepare() {
  :  # module load openmpi hdf5
}

# How a job starts its ranks. For srun instead of mpirun: launch=(srun --mpi=pmix).
launch=(mpirun)

# The program: the one that was built here, or installed with these scripts.
flatgrid="$flatgrid_root/build/release/flatgrid"
[ -x "$flatgrid" ] || flatgrid="$(readlink -m "$flatgrid_root/../../bin/flatgrid")"
