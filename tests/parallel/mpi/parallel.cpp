// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/barrier.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "flatgrid/parallel/mailbox.hpp"
#include "flatgrid/parallel/shared_counters.hpp"
#include "parallel/shared_folder.hpp"

using namespace flatgrid;
using namespace flatgrid::parallel;

TEST_CASE("broadcasts reach every rank, also empty ones") {
  const auto world = Communicator::world();
  const int last = world.size() - 1;
  for (const std::size_t size : {0, 1, 100000}) {
    std::string text = "of another rank";
    std::vector<double> values = {-1.0};
    std::int64_t number = -1;
    if (world.rank() == last) {
      text.assign(size, 'x');
      values.resize(size);
      std::iota(values.begin(), values.end(), 0.5);
      number = static_cast<std::int64_t>(size);
    }
    world.broadcast(text, last);
    world.broadcast(values, last);
    world.broadcast(number, last);
    CHECK(text == std::string(size, 'x'));
    CHECK(values.size() == size);
    if (size > 0) CHECK(values.back() == static_cast<double>(size) - 0.5);
    CHECK(number == static_cast<std::int64_t>(size));
  }
}

TEST_CASE("minimum and maximum are over all ranks") {
  const auto world = Communicator::world();
  CHECK(world.minimum(10 + world.rank()) == 10);
  CHECK(world.maximum(10 + world.rank()) == 9 + world.size());
}

TEST_CASE("an error of one rank is thrown by all ranks with the same message") {
  const auto world = Communicator::world();
  for (int unlucky = 0; unlucky < world.size(); ++unlucky) {
    const auto action = [&] {
      if (world.rank() == unlucky) throw Error("rank " + std::to_string(unlucky) + " fell over");
    };
    CHECK_THROWS_WITH(agreed(world, action), "rank " + std::to_string(unlucky) + " fell over");
    CHECK_THROWS_AS(agreed(world, action), AgreedError);
  }
}

TEST_CASE("of several errors that of the lowest rank is thrown") {
  const auto world = Communicator::world();
  CHECK_THROWS_WITH(
      agreed(world, [&] { throw std::runtime_error("rank " + std::to_string(world.rank())); }),
      "rank 0");
}

TEST_CASE("agreement without an error throws nothing, and rank 0 can act alone") {
  const auto world = Communicator::world();
  int calls = 0;
  CHECK_NOTHROW(agreed(world, [&] { ++calls; }));
  CHECK(calls == 1);
  CHECK_NOTHROW(agreed_on_root(world, [&] { ++calls; }));
  CHECK(calls == (world.is_root() ? 2 : 1));
  CHECK_THROWS_WITH(agreed_on_root(world, [] { throw Error("no such file"); }), "no such file");
}

TEST_CASE("a failing MPI call is an error with a reason") {
  int rank = 0;
  CHECK_THROWS_AS(check_mpi(MPI_Bcast(&rank, 1, MPI_INT, -5, MPI_COMM_WORLD), "MPI_Bcast"), Error);
}

TEST_CASE("counters that are raised hand out every index exactly once under contention") {
  const auto world = Communicator::world();
  constexpr std::int64_t k_indices = 5000;
  SharedCounters counters(world, 2);
  std::vector<int> mine(k_indices, 0);
  for (std::int64_t next = 0; next < k_indices;) {
    const std::int64_t before = counters.raise(1, next + 1);
    if (before <= next) ++mine[static_cast<std::size_t>(next)];
    next = std::max(before, next + 1);
  }
  std::vector<int> all(k_indices);
  MPI_Allreduce(mine.data(), all.data(), static_cast<int>(k_indices), MPI_INT, MPI_SUM,
                world.handle());
  CHECK(std::ranges::count(all, 1) == k_indices);
  std::int64_t other = -1;
  counters.read(0, {&other, 1});
  CHECK(other == 0);
}

TEST_CASE("sums and maxima under contention") {
  const auto world = Communicator::world();
  SharedCounters counters(world, 4);
  constexpr int k_times = 100;
  for (int i = 0; i < k_times; ++i) {
    counters.add(1, std::vector<std::int64_t>{1, -2});
    counters.raise(3, 1000 * world.rank() + i);
  }
  test::wait_for_all(world);
  std::vector<std::int64_t> values(4, -1);
  counters.read(0, values);
  CHECK(values == std::vector<std::int64_t>{0, k_times * world.size(), -2 * k_times * world.size(),
                                            1000 * (world.size() - 1) + k_times - 1});
}

TEST_CASE("a rank that computes and makes progress at intervals serves the others") {
  const auto world = Communicator::world();
  SharedCounters counters(world, 1);
  if (world.is_root()) {
    for (int i = 0; i < 100; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      world.make_progress();
    }
  } else {
    for (int i = 0; i < 20; ++i) counters.add(0, std::array{std::int64_t{1}});
  }
  test::wait_for_all(world);
  std::int64_t taken = 0;
  counters.read(0, {&taken, 1});
  CHECK(taken == 20 * (world.size() - 1));
}

TEST_CASE("rank 0 receives every message once") {
  const auto world = Communicator::world();
  Mailbox mailbox(world);
  constexpr int k_messages = 50;
  std::vector<int> received(static_cast<std::size_t>(world.size()));
  const auto take_all = [&] {
    if (!world.is_root()) return;
    while (const auto message = mailbox.take()) {
      const auto sender = static_cast<unsigned char>(message->front());
      CHECK(message->size() == 1U + sender * 100'000U);
      ++received[sender];
    }
  };
  if (!world.is_root()) {
    for (int i = 0; i < k_messages; ++i) {
      const auto rank = static_cast<std::size_t>(world.rank());
      mailbox.send(std::string(1 + rank * 100'000, static_cast<char>(rank)));
      while (!mailbox.taken()) std::this_thread::yield();
    }
  }
  Barrier barrier(world);
  while (!barrier.all_here()) take_all();
  if (world.is_root()) CHECK(std::ranges::count(received, k_messages) == world.size() - 1);
}

TEST_CASE("ranks can act while they wait at a barrier") {
  const auto world = Communicator::world();
  int polls = 0;
  if (world.rank() == world.size() - 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  Barrier barrier(world);
  while (!barrier.all_here()) ++polls;
  // all_here sleeps, so there are a few polls and not thousands.
  CHECK(polls < 1000);
  if (world.rank() < world.size() - 1) CHECK(polls > 0);
}
