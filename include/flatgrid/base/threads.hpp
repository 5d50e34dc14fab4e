// SPDX-License-Identifier: MIT
/// The threads of this process.
///
/// A process has one thread unless `set_threads` says otherwise (`flatgrid run --threads`). Results must not depend
/// on their number: a task of `parallel_for` may depend on its index, but not on the thread that executes it.
#pragma once

#include <functional>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

/// Sets how many threads `parallel_for` uses, at least 1. Not while it runs.
void set_threads(Index count);
[[nodiscard]] Index threads();

/// The number of cores on which the operating system lets this process run.
[[nodiscard]] Index available_cores();

/// Calls task(index, thread) for every index in [0, count), on `threads()` threads, 0 <= thread < threads(); returns
/// when all calls have returned. A free thread takes the next index. Throws the exception of a task, if one throws;
/// indices that no thread has taken by then are left out.
void parallel_for(Index count, const std::function<void(Index index, Index thread)>& task);

}  // namespace flatgrid
