// SPDX-License-Identifier: MIT
#include "flatgrid/schedule/slices.hpp"

#include <cmath>
#include <set>
#include <span>
#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::schedule;

namespace {

/// 2 x 2 x 3 x 2 cost classes and axes of `noises` and `seeds`.
configuration::Configuration configuration_of(int noises, int seeds) {
  std::ostringstream text;
  text << "[grid]\nalgorithm = teacher, gradient-descent\nsamples = 60, 30\nwidth = 10, 40, "
          "20\nseed "
          "= 1.."
       << seeds << "\nnoise = 0";
  for (int i = 1; i < noises; ++i) text << ", 0." << i;
  text << "\n[problem]\ndimension = 3\nindices = 2\n";
  std::istringstream stream(text.str());
  return configuration::parse_configuration(stream, "test.cfg");
}

std::vector<configuration::GridPoint> points_of(const Slices& slices, int slice) {
  std::vector<configuration::GridPoint> points;
  for (std::int64_t number = 0; number < slices.size(slice); ++number) {
    for (const configuration::GridPoint& point : slices.batch(slice, number))
      points.push_back(point);
  }
  return points;
}

/// The counters of `PointSource` in one process.
struct Counters {
  std::vector<std::int64_t> values;
  std::int64_t reads = 0;

  std::int64_t raise(int slice, std::int64_t value) {
    std::int64_t& counter = values[static_cast<std::size_t>(slice)];
    const std::int64_t before = counter;
    counter = std::max(counter, value);
    return before;
  }
  void read(int first, std::span<std::int64_t> read_values) {
    ++reads;
    std::copy_n(values.begin() + first, read_values.size(), read_values.begin());
  }
};

/// Simulates ranks that take turns: rank r takes a point every `pace(r)` turns. Returns how often each
/// point was handed out, by flat index.
std::vector<int> take_all(const configuration::Configuration& configuration, int ranks,
                          const std::function<int(int rank)>& pace,
                          const std::function<bool(const configuration::GridPoint&)>& to_compute) {
  const Slices slices(configuration, ranks);
  Counters counters{std::vector<std::int64_t>(static_cast<std::size_t>(ranks))};
  std::vector<PointSource<Counters>> sources;
  for (int rank = 0; rank < ranks; ++rank) sources.emplace_back(slices, rank, counters, to_compute);
  std::vector<int> taken(static_cast<std::size_t>(configuration.grid.points()));
  std::set<int> working;
  for (int rank = 0; rank < ranks; ++rank) working.insert(rank);
  for (int turn = 0; !working.empty(); ++turn) {
    for (int rank = 0; rank < ranks; ++rank) {
      if (!working.contains(rank) || turn % pace(rank) != 0) continue;
      if (const auto point = sources[static_cast<std::size_t>(rank)].take()) {
        ++taken[static_cast<std::size_t>(configuration::flat_index(configuration.grid, *point))];
      } else {
        working.erase(rank);
      }
    }
  }
  return taken;
}

}  // namespace

TEST_CASE("slices have every point once") {
  const configuration::Configuration configuration =
      GENERATE(configuration_of(1, 1), configuration_of(2, 5), configuration_of(3, 64));
  for (const int ranks : {1, 2, 3, 5, 64, 1000}) {
    const Slices slices(configuration, ranks);
    std::vector<int> held(static_cast<std::size_t>(configuration.grid.points()));
    for (int slice = 0; slice < ranks; ++slice) {
      for (const configuration::GridPoint& point : points_of(slices, slice)) {
        ++held[static_cast<std::size_t>(configuration::flat_index(configuration.grid, point))];
      }
    }
    CHECK(std::ranges::count(held, 1) == std::ssize(held));
  }
}

TEST_CASE("the slices of a part have its points once, in two passes with the longest first") {
  const configuration::Configuration configuration =
      GENERATE(configuration_of(1, 1), configuration_of(2, 5), configuration_of(3, 64));
  for (const std::int64_t count : {2, 3, 5, 11, 400}) {
    for (const std::int64_t index : {std::int64_t{1}, count / 2 + 1, count}) {
      const grid::Part part{.index = index, .count = count};
      const Slices slices(configuration, 3, part);
      std::vector<int> held(static_cast<std::size_t>(configuration.grid.points()));
      for (int slice = 0; slice < 3; ++slice) {
        double last = INFINITY;
        int passes = 1;
        for (const configuration::GridPoint& point : points_of(slices, slice)) {
          ++held[static_cast<std::size_t>(configuration::flat_index(configuration.grid, point))];
          passes += grid::PointPrices(configuration)(point).flops > last;
          last = grid::PointPrices(configuration)(point).flops;
        }
        CHECK(passes <= 2);
      }
      for (std::int64_t flat = 0; flat < std::ssize(held); ++flat) {
        CHECK(
            configuration::at(held, flat) ==
            part.contains(configuration.grid, configuration::grid_point(configuration.grid, flat)));
      }
    }
  }
}

TEST_CASE("small points of a cost class are handed out in batches, every point once") {
  std::istringstream text(
      "[grid]\nalgorithm = teacher\nsamples = 4, 3000\nwidth = 500, 4\nseed = 1..3000\n"
      "noise = 0, 1\n[problem]\ndimension = 50\nindices = 2\n");
  const configuration::Configuration configuration =
      configuration::parse_configuration(text, "test.cfg");
  const grid::PointPrices prices(configuration);
  const Slices slices(configuration, 2);
  std::vector<int> held(static_cast<std::size_t>(configuration.grid.points()));
  std::size_t most = 0;
  std::vector<std::int64_t> points(2);
  for (const int slice : {0, 1}) {
    for (std::int64_t number = 0; number < slices.size(slice); ++number) {
      const std::vector<configuration::GridPoint> batch = slices.batch(slice, number);
      REQUIRE_FALSE(batch.empty());
      double flops = 0;
      for (std::size_t i = 0; i < batch.size(); ++i) {
        flops += prices(batch[i]).flops;
        ++held[static_cast<std::size_t>(configuration::flat_index(configuration.grid, batch[i]))];
        CHECK(grid::cost_class_of(configuration.grid, batch[i]) ==
              grid::cost_class_of(configuration.grid, batch[0]));
      }
      CHECK((batch.size() == 1 || flops <= 2e6));
      most = std::max(most, batch.size());
      points[static_cast<std::size_t>(slice)] += std::ssize(batch);
    }
  }
  CHECK(std::ranges::count(held, 1) == std::ssize(held));
  CHECK(most > 10);
  CHECK(most <= 256);
  CHECK(std::abs(points[0] - points[1]) <= 8 * 256);

  // Ranks that take turns take each point once, also with different paces.
  const auto all = [](const configuration::GridPoint&) { return true; };
  for (const int ranks : {1, 3}) {
    const std::vector<int> taken = take_all(
        configuration, ranks, [](int rank) { return 1 + 2 * rank; }, all);
    CHECK(std::ranges::count(taken, 1) == std::ssize(taken));
  }
}

TEST_CASE("the costs of slices differ by at most twice the cost of the longest point") {
  const configuration::Configuration configuration = configuration_of(3, 7);
  const auto cost = [&](const configuration::GridPoint& point) {
    return grid::PointPrices(configuration)(point).flops;
  };
  double longest = 0.0;
  for (std::int64_t flat = 0; flat < configuration.grid.points(); ++flat) {
    longest = std::max(longest, cost(configuration::grid_point(configuration.grid, flat)));
  }
  for (const int ranks : {2, 7, 50}) {
    const Slices slices(configuration, ranks);
    std::vector<double> sums;
    for (int slice = 0; slice < ranks; ++slice) {
      double sum = 0.0;
      for (const configuration::GridPoint& point : points_of(slices, slice)) sum += cost(point);
      sums.push_back(sum);
    }
    const auto [least, most] = std::ranges::minmax(sums);
    CHECK(most - least <= 2 * longest * (1 + 1e-9));
  }
}

TEST_CASE("the first points cover every cost class and noise level") {
  const configuration::Configuration configuration = configuration_of(3, 7);
  const Slices slices(configuration, 1);
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  const std::vector<configuration::GridPoint> points = points_of(slices, 0);
  for (const configuration::GridPoint& point : std::span(points).first(12 * 3)) {
    CHECK(point.seed == 0);
    seen.emplace(grid::cost_class_of(configuration.grid, point), point.noise);
  }
  CHECK(seen.size() == 36);
}

TEST_CASE("every point is handed out once, for ranks of different pace") {
  const configuration::Configuration configuration = configuration_of(2, 40);
  const int ranks = GENERATE(1, 2, 3, 65, 200, 2000);
  const auto all = [](const configuration::GridPoint&) { return true; };
  const auto evenly = [](int) { return 1; };
  const auto unevenly = [](int rank) { return 1 + rank % 7 * 3; };
  for (const auto& pace : {std::function<int(int)>(evenly), std::function<int(int)>(unevenly)}) {
    const std::vector<int> taken = take_all(configuration, ranks, pace, all);
    CHECK(std::ranges::count(taken, 1) == std::ssize(taken));
  }
}

TEST_CASE("only points to compute are handed out") {
  const configuration::Configuration configuration = configuration_of(2, 9);
  const int ranks = GENERATE(1, 2, 5, 300);
  const auto third = [&](const configuration::GridPoint& point) {
    return configuration::flat_index(configuration.grid, point) % 3 == 0;
  };
  const std::vector<int> taken = take_all(
      configuration, ranks, [](int rank) { return 1 + rank % 2; }, third);
  for (std::size_t flat = 0; flat < taken.size(); ++flat) CHECK(taken[flat] == (flat % 3 == 0));
}

TEST_CASE("a rank that has finished takes points of one that has not started") {
  const configuration::Configuration configuration = configuration_of(1, 10);
  const Slices slices(configuration, 2);
  Counters counters{{0, 0}};
  PointSource<Counters> source(slices, 1, counters,
                               [](const configuration::GridPoint&) { return true; });
  for (const configuration::GridPoint& point : points_of(slices, 1)) CHECK(source.take() == point);
  CHECK(counters.reads == 0);
  const std::vector<configuration::GridPoint> others = points_of(slices, 0);
  CHECK(source.take() == others[0]);
  // The other rank starts, and the first one continues to take its points.
  PointSource<Counters> other(slices, 0, counters,
                              [](const configuration::GridPoint&) { return true; });
  CHECK(other.take() == others[1]);
  CHECK(source.take() == others[2]);
}

TEST_CASE("with a million ranks a search for work reads 32 counters") {
  const configuration::Configuration configuration = configuration_of(1, 1);
  const Slices slices(configuration, 1'000'000);
  Counters counters{std::vector<std::int64_t>(1'000'000)};
  PointSource<Counters> source(slices, 999'999, counters,
                               [](const configuration::GridPoint&) { return true; });
  source.take();
  CHECK(counters.reads == 32);
}
