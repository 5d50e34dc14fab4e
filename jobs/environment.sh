# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the scripts here and in tests/: what MPI and HDF5 must be told of this machine.
# Whatever the user has set already stays.

# What would be options of mpirun is said in variables: each launcher reads its own and ignores the rest,
# while an option of another one is an error (-q to Open MPI 5, --oversubscribe to MPICH). OMPI_MCA_* are
# for Open MPI 4, PRTE_MCA_* for Open MPI 5; MPICH needs none.

# Open MPI runs as root, as in a container, only when told twice.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# More ranks than cores may be started.
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}"

# Open MPI 4 adds no lines of its own to an exit code that flatgrid has explained. (Nor does it say then why
# it starts nothing: set it to 0 to read that. Nothing keeps Open MPI 5 from a few lines.)
export OMPI_MCA_orte_execute_quiet="${OMPI_MCA_orte_execute_quiet:-1}"

# Containers forbid the system call behind it, and every rank would print a warning.
export OMPI_MCA_btl_vader_single_copy_mechanism="${OMPI_MCA_btl_vader_single_copy_mechanism:-none}"

# hwloc would load OpenCL to look for devices that nothing here uses; one that is built on LLVM, as
# Debian's pocl is, then takes SIGUSR1 away from mpirun, which passes it on to the ranks.
export HWLOC_COMPONENTS="${HWLOC_COMPONENTS:--opencl}"

# Debian switches off what Open MPI has for one-sided communication between nodes over TCP.
if grep -qs '^osc *=.*pt2pt' /etc/openmpi/openmpi-mca-params.conf; then
  export OMPI_MCA_osc="${OMPI_MCA_osc:-^ucx}"
fi

# Parallel file systems without locks refuse to open a file otherwise.
export HDF5_USE_FILE_LOCKING="${HDF5_USE_FILE_LOCKING:-BEST_EFFORT}"

# The ranks are the parallelism.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
