// SPDX-License-Identifier: MIT
// Ends a program that was compiled for another processor with one line and exit code 2. Without this, the
// first unsupported instruction would raise a signal. In C, and compiled for all x86-64 processors: it must
// not share an inline function with code that is compiled for one processor.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Whether the first of these variables that is set is 0, or none is set.
static int is_first(const char* const variables[3]) {
  for (int i = 0; i < 3; ++i) {
    const char* rank = getenv(variables[i]);
    if (rank != NULL) return strcmp(rank, "0") == 0;
  }
  return 1;
}

// Set by Open MPI, srun and MPICH.
static const char* const rank_of_all[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
static const char* const rank_on_node[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
                                           "SLURM_LOCALID"};

/// Runs before all constructors of the program: 101 is the first priority that programs may use.
__attribute__((constructor(101))) static void require_processor(void) {
  char missing[512] = "";
  __builtin_cpu_init();
#define NEED(instructions) \
  if (!__builtin_cpu_supports(instructions)) strcat(strcat(missing, " "), instructions);
  FLATGRID_NEEDED  // NEED("avx2") NEED("avx512f") ...
  if (missing[0] == '\0') return;
  // All processes of a node have the same processor. When one ends with an error, mpirun kills the others
  // within two seconds. So one line is printed, by the first node if it has the fault.
  if (!is_first(rank_of_all)) sleep(5);
  if (is_first(rank_on_node)) {
    dprintf(STDERR_FILENO,
            "flatgrid: was built for another processor; this one has no%s: build it here, or for all "
            "processors with -D FLATGRID_NATIVE=OFF\n",
            missing);
  }
  _exit(2);
}
