// SPDX-License-Identifier: MIT
// Ends a program that was compiled for another processor than this one, in a line and with exit code 2,
// instead of with the signal that its first missing instruction raises. In C, and compiled for every
// x86-64: it must not share an inline function with what is compiled for one processor alone.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Whether the first variable of these that the launcher has set is 0, or none is set.
static int is_first(const char* const variables[3]) {
  for (int i = 0; i < 3; ++i) {
    const char* rank = getenv(variables[i]);
    if (rank != NULL) return strcmp(rank, "0") == 0;
  }
  return 1;
}

// Of Open MPI, srun and MPICH.
static const char* const rank_of_all[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
static const char* const rank_on_node[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID",
                                           "SLURM_LOCALID"};

/// Before every constructor of the program's own: 101 is the first priority that is free.
__attribute__((constructor(101))) static void require_processor(void) {
  char missing[512] = "";
  __builtin_cpu_init();
#define NEED(instructions) \
  if (!__builtin_cpu_supports(instructions)) strcat(strcat(missing, " "), instructions);
  FLATGRID_NEEDED  // NEED("avx2") NEED("avx512f") ...
  if (missing[0] == '\0') return;
  // What is true of one process is true of all of its node. Once one has ended with an error, mpirun kills
  // the others within two seconds: one line is said, the first node's if that is concerned.
  if (!is_first(rank_of_all)) sleep(5);
  if (is_first(rank_on_node)) {
    dprintf(STDERR_FILENO,
            "flatgrid: was built for another processor; this one has no%s: build it here, or for all "
            "with -D FLATGRID_NATIVE=OFF\n",
            missing);
  }
  _exit(2);
}
