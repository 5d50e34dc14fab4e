# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the scripts here and in tests/: settings of MPI and HDF5 for this machine.
# Does not change variables that the user has set.

# Uses variables instead of options of mpirun: each launcher ignores the variables of the others, but an unknown
# option is an error (-q for Open MPI 5, --oversubscribe for MPICH). OMPI_MCA_* are for Open MPI 4, PRTE_MCA_* for
# Open MPI 5; MPICH needs none.

# Open MPI runs as root, for example in a container, only with both variables.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# Allows more ranks than cores.
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}"

# Suppresses the messages of Open MPI 4 about an exit code that flatgrid has explained. This also suppresses the reason
# if mpirun cannot start: set it to 0 to see it. Messages of Open MPI 5 cannot be suppressed.
export OMPI_MCA_orte_execute_quiet="${OMPI_MCA_orte_execute_quiet:-1}"

# Containers forbid the system call of this mechanism, and every rank would print a warning.
export OMPI_MCA_btl_vader_single_copy_mechanism="${OMPI_MCA_btl_vader_single_copy_mechanism:-none}"

# hwloc would load OpenCL to look for devices that flatgrid does not use. An OpenCL based on LLVM, such as Debian's
# pocl, then replaces the handler of SIGUSR1 in mpirun, which must pass the signal on to the ranks.
export HWLOC_COMPONENTS="${HWLOC_COMPONENTS:--opencl}"

# Debian disables the component of Open MPI for one-sided communication between nodes over TCP.
if grep -qs '^osc *=.*pt2pt' /etc/openmpi/openmpi-mca-params.conf; then
  export OMPI_MCA_osc="${OMPI_MCA_osc:-^ucx}"
fi

# Otherwise HDF5 cannot open files on parallel file systems without locks.
export HDF5_USE_FILE_LOCKING="${HDF5_USE_FILE_LOCKING:-BEST_EFFORT}"

# One thread per rank.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
