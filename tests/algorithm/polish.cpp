// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/polish/polish.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "algorithm/fixture.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;

namespace {

/// The number of data sets of each kind: FLATGRID_SEEDS, by default 1. The table of README.md has 4.
std::int64_t seeds() {
  const char* const given = std::getenv("FLATGRID_SEEDS");
  return given != nullptr ? std::atoll(given) : 1;
}

struct Shape {
  Index dimension, samples, width;
};

/// The outcomes of the polishes of one kind of points.
struct Tally {
  std::vector<int> iterations;  ///< of the polishes that reached the tolerance
  int stalled = 0;

  void add(const polish::PolishState& state) {
    if (state.interpolates) {
      iterations.push_back(state.iterations);
    } else {
      ++stalled;
    }
  }
  [[nodiscard]] double share() const {
    const auto reached = static_cast<double>(iterations.size());
    return reached / (reached + stalled);
  }
  [[nodiscard]] std::string text() {
    std::ranges::sort(iterations);
    const auto quantile = [this](double q) {
      return iterations[static_cast<std::size_t>(q * static_cast<double>(iterations.size() - 1))];
    };
    if (iterations.empty()) return fmt::format("0 of {}", stalled);
    return fmt::format("{} of {}, iterations median {}, 90 % {}, most {}", iterations.size(),
                       iterations.size() + static_cast<std::size_t>(stalled), quantile(0.5),
                       quantile(0.9), iterations.back());
  }
};

/// Trains down to each of the losses, polishes each of these networks and prints the polishes that stall.
void polish_on_the_way(Fixture& fixture, std::string_view algorithm, Tally& tally) {
  fixture.training.steps = 20000;
  for (const double loss : {1e-2, 1e-4, 1e-6, 1e-8}) {
    fixture.training.handover_loss = loss;
    const test::Ended ended = fixture.run(algorithm);
    if (fixture.relative_residual(ended.network) > 1e-2) break;  // not counted
    polish::Polish polish(fixture.task, ended.network);
    polish.advance(100000);
    tally.add(polish.state());
    if (!polish.state().interpolates) {
      fmt::print("  stalled: {} d {} n {} m {} seed {} from {:.1e} at {:.1e}, {} recruited\n",
                 algorithm, fixture.task.dimension(), fixture.task.samples(), fixture.task.width,
                 fixture.task.seed, fixture.relative_residual(ended.network),
                 polish.state().relative_residual, polish.state().recruited);
    }
    if (ended.steps >= fixture.training.steps) break;
  }
}

}  // namespace

TEST_CASE("the residual after a stalled polish is at most that of the trained network") {
  for (std::int64_t seed = 1; seed <= 5; ++seed) {
    // Two neurons cannot fit twenty noisy labels.
    Fixture fixture(seed, 3, 20, 2, 0.3);
    fixture.training.steps = 200;
    const test::Ended ended = fixture.run("gradient-descent");
    polish::Polish polish(fixture.task, ended.network);
    while (!polish.finished()) polish.advance(1000);
    CHECK(polish.state().stalled);
    CHECK(polish.state().recruited > 0);
    CHECK(fixture.relative_residual(polish.network()) <=
          fixture.relative_residual(ended.network) * (1 + 1e-12));
  }
}

TEST_CASE("at least 95 % of polishes reach the tolerance, the rich regime included", "[slow]") {
  Tally all;
  for (const Shape& shape :
       {Shape{5, 100, 40}, {10, 150, 30}, {10, 200, 40}, {20, 200, 30}, {30, 300, 30}}) {
    for (const double noise : {0.0, 0.05, 0.3}) {
      Tally tally;
      for (std::int64_t seed = 1; seed <= seeds(); ++seed) {
        Fixture fixture(seed, shape.dimension, shape.samples, shape.width, noise);
        polish_on_the_way(fixture, "gradient-descent", tally);
      }
      fmt::print("d {} n {} m {} noise {}: {}\n", shape.dimension, shape.samples, shape.width,
                 noise, tally.text());
      all.iterations.insert(all.iterations.end(), tally.iterations.begin(), tally.iterations.end());
      all.stalled += tally.stalled;
    }
  }
  fmt::print("gradient-descent: {}\n", all.text());
  CHECK(all.share() >= 0.95);
}

TEST_CASE("the polish of lazy points", "[slow]") {
  Tally tally;
  for (const Shape& shape : {Shape{5, 100, 40}, {10, 150, 30}, {10, 200, 40}, {20, 200, 30}}) {
    for (const double noise : {0.0, 0.3}) {
      Fixture fixture(1, shape.dimension, shape.samples, shape.width, noise);
      polish_on_the_way(fixture, "lazy", tally);
    }
  }
  fmt::print("lazy: {}\n", tally.text());
  CHECK(tally.share() >= 0.95);
}

TEST_CASE("the polish with every activation", "[slow]") {
  for (const std::string activation :
       {"relu", "leaky-relu", "abs", "relu2", "quadratic", "relu3"}) {
    // The target has the activation's degree, because training would not reach 1e-2 otherwise. A network of
    // `quadratic` is a quadratic form with d (d + 1) / 2 = 55 coefficients, so n is less than 55.
    const bool quadratic = activation == "quadratic";
    const std::string link = quadratic ? "relu2" : activation;
    const Index samples = quadratic ? 50 : 150;
    Tally tally;
    for (const std::string_view algorithm : {"gradient-descent", "lazy"}) {
      for (const double noise : {0.0, 0.05, 0.3}) {
        for (std::int64_t seed = 1; seed <= std::min<std::int64_t>(seeds(), 2); ++seed) {
          Fixture fixture(seed, 10, samples, 30, noise, activation, link);
          polish_on_the_way(fixture, algorithm, tally);
        }
      }
    }
    fmt::print("{} d 10 n {} m 30: {}\n", activation, samples, tally.text());
    CHECK(tally.share() >= 0.95);
  }
}
