// SPDX-License-Identifier: MIT
// Ends a program that was compiled for another processor than this one, in a line and with exit code 2,
// instead of with the signal that its first missing instruction raises. In C, and compiled for every
// x86-64: it must not share an inline function with what is compiled for one processor alone.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Of several processes under mpirun or srun, the first.
static int is_first_process(void) {
  static const char* const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
  for (unsigned i = 0; i < sizeof variables / sizeof variables[0]; ++i) {
    const char* rank = getenv(variables[i]);
    if (rank != NULL) return strcmp(rank, "0") == 0;
  }
  return 1;
}

/// Before every constructor of the program's own: 101 is the first priority that is free.
__attribute__((constructor(101))) static void require_processor(void) {
  char missing[512] = "";
  __builtin_cpu_init();
#define NEED(instructions) \
  if (!__builtin_cpu_supports(instructions)) strcat(strcat(missing, " "), instructions);
  FLATGRID_NEEDED  // NEED("avx2") NEED("avx512f") ...
  if (missing[0] == '\0') return;
  // Once one has ended with an error, mpirun kills the others within two seconds: one line is said. On
  // unlike nodes it may be another's than the first one's.
  if (!is_first_process()) sleep(5);
  dprintf(STDERR_FILENO,
          "flatgrid: was built for another processor; this one has no%s: build it here, or for all "
          "with -D FLATGRID_NATIVE=OFF\n",
          missing);
  _exit(2);
}
