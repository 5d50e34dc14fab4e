# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the scripts here and in tests/: what MPI and HDF5 must be told of this machine.
# Whatever the user has set already stays.

# Open MPI runs as root, as in a container, only when told twice.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

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
