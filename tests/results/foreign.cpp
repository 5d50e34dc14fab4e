// SPDX-License-Identifier: MIT
#include "flatgrid/results/foreign.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"

using namespace flatgrid;
using namespace flatgrid::results;
using Catch::Contains;

namespace {

/// The standard error of a child process that does `action` while a file is guarded. Checks that the process ends
/// with exit code 2.
template <class Action>
std::string last_words(Action action) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    const ForeignFileGuard guard("data.h5");
    action();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  for (char character = 0; read(ends[0], &character, 1) == 1;) words += character;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == static_cast<int>(ExitCode::bad_input));
  return words;
}

/// Calls itself until the stack overflows.
int descend(int depth) {
  std::array<volatile char, 4096> frame{};
  frame[static_cast<std::size_t>(depth) % frame.size()] = 1;
  return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

}  // namespace

TEST_CASE("a crash while a foreign file is read ends the program with one line", "[results]") {
  const std::string line = "flatgrid: data.h5: is damaged: HDF5 crashes on it\n";
  CHECK(last_words([] { std::raise(SIGSEGV); }) == line);
  CHECK(last_words([] { std::abort(); }) == line);
  CHECK(last_words([] { _exit(descend(0)); }) == line);
  struct sigaction before {};
  struct sigaction after {};
  sigaction(SIGSEGV, nullptr, &before);
  { const ForeignFileGuard guard("data.h5"); }
  sigaction(SIGSEGV, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
}

TEST_CASE("an endless read of a foreign file ends the program with one line", "[slow]") {
  CHECK_THAT(last_words([] {
               for (volatile int count = 0;;) count = count + 1;
             }),
             Contains("data.h5: is damaged: HDF5 does not finish reading it\n"));
}
