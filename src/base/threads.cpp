// SPDX-License-Identifier: MIT
#include "flatgrid/base/threads.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace flatgrid {

namespace {

Index thread_count = 1;

}  // namespace

void set_threads(Index count) {
  assert(count >= 1);
  thread_count = count;
}

Index threads() { return thread_count; }

Index available_cores() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores);
  return std::max(1U, std::thread::hardware_concurrency());
}

void parallel_for(Index count, const std::function<void(Index index, Index thread)>& task) {
  std::atomic<Index> next = 0;
  std::exception_ptr failure;
  std::mutex failing;
  const auto work = [&](Index thread) {
    try {
      for (Index index = next++; index < count; index = next++) task(index, thread);
    } catch (...) {
      const std::lock_guard lock(failing);
      failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> others;
    for (Index thread = 1; thread < std::min(thread_count, count); ++thread)
      others.emplace_back(work, thread);
    work(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace flatgrid
