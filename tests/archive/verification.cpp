// SPDX-License-Identifier: MIT
// The faults that `flatgrid verify` finds in a small computed campaign after every kind of damage: with the
// original checksum, and with a checksum of the damaged numbers.
#include "flatgrid/archive/verification.hpp"

#include <bit>
#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/rows.hpp"
#include "flatgrid/results/seal.hpp"
#include "results/example.hpp"

using namespace flatgrid;
using namespace flatgrid::archive;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// 2 algorithms, 2 sample sizes, 2 noises, 2 widths, 2 seeds: 32 points.
configuration::Configuration small_configuration(const std::string& more = "") {
  std::istringstream text(
      "[grid]\nalgorithm = teacher, random-features\nsamples = 12, 20\nnoise = 0, 0.25\n"
      "width = 4, 30\nseed = 3, 1\n[problem]\ndimension = 3\nindices = 2\n" +
      more);
  return configuration::parse_configuration(text, "test");
}

constexpr configuration::GridPoint k_damaged{1, 1, 0, 1, 1};
constexpr const char* k_damaged_name = "random-features, samples 20, noise 0, width 30, seed 1: ";

/// Computes every point but `pending`.
void compute(const fs::path& file, const configuration::Configuration& configuration,
             std::optional<configuration::GridPoint> pending = std::nullopt) {
  results::create_results_file(file, configuration);
  const results::hdf5::File opened = example::open_for_writing(file);
  results::Rows rows(opened, file, configuration);
  for (std::int64_t flat = 0; flat < configuration.grid.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(configuration.grid, flat);
    if (point == pending) continue;
    rows.write(point, grid::compute_point(configuration, point, [](const grid::PointUnderWay&) {
                        return true;
                      }).value());
  }
}

/// Flips a bit, by default the lowest, of number `position` of a dataset of 8-byte numbers.
void flip_bit(const fs::path& file, const std::string& path, std::size_t position, int bit = 0) {
  const results::hdf5::File opened = example::open_for_writing(file);
  const results::hdf5::Dataset dataset(H5Dopen2(opened, path.c_str(), H5P_DEFAULT));
  REQUIRE(dataset >= 0);
  const results::hdf5::Space space(H5Dget_space(dataset));
  const results::hdf5::Type type(H5Dget_type(dataset));
  std::vector<std::uint64_t> words(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  REQUIRE(H5Tget_size(type) == sizeof words[0]);
  H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, words.data());
  words.at(position) ^= std::uint64_t{1} << bit;
  H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, words.data());
}

/// Changes the stored build, so that the file seems to come from another build.
void rename_build(const fs::path& file) {
  {
    const results::hdf5::File opened = example::open_for_writing(file);
    const results::hdf5::Attribute build(H5Aopen(opened, "build", H5P_DEFAULT));
    const char* text = "another compiler";
    REQUIRE(H5Awrite(build, results::hdf5::text_type(), &text) >= 0);
  }
  results::seal_file(file, file);
}

/// Makes the history end with the figures of the point.
void end_history(grid::PointResult& point) {
  for (const grid::Variable& variable : grid::stored_variables(small_configuration()).history) {
    point.history(15, grid::history_column(variable)) = point.record.*variable.value;
  }
}

struct VerifyOutcome {
  Verification found;
  std::vector<std::string> faults;
};

VerifyOutcome verify_file(const fs::path& file, bool recompute) {
  VerifyOutcome outcome;
  const results::ResultsReader results(file);
  outcome.found = verify(results, study_with_data(results), recompute,
                         [&](const std::string& fault) { outcome.faults.push_back(fault); });
  return outcome;
}

}  // namespace

TEST_CASE("an intact file has no faults, and every computed point is recomputed",
          "[results][verification]") {
  const example::Folder folder;
  const fs::path file = folder / "whole.h5";
  compute(file, small_configuration(), k_damaged);
  for (const bool recompute : {false, true}) {
    const VerifyOutcome outcome = verify_file(file, recompute);
    CHECK(outcome.faults.empty());
    CHECK(outcome.found.points == 32);
    CHECK(outcome.found.pending == 1);
    CHECK(outcome.found.damaged == 0);
    CHECK(outcome.found.recomputed == (recompute ? 31 : 0));
  }
}

TEST_CASE("an infinite null-space radius is no fault", "[results][verification]") {
  const example::Folder folder;
  const fs::path file = folder / "infinite.h5";
  // In four dimensions some half-space contains none of three samples.
  std::istringstream text(
      "[grid]\nalgorithm = flattest\nsamples = 3\nnoise = 0\nwidth = 4\nseed = 1\n[problem]\n"
      "dimension = 4\nindices = 1\n[flatness]\nnull-space-radius = true\n");
  compute(file, configuration::parse_configuration(text, "test"));
  CHECK(std::isinf(results::ResultsReader(file).variable("null_space_radius").front()));
  CHECK(verify_file(file, true).faults.empty());
}

TEST_CASE("a flipped bit is found in every kind of dataset: rows, axes and data",
          "[results][verification]") {
  const example::Folder folder;
  const fs::path whole = folder / "whole.h5";
  const configuration::Configuration configuration = small_configuration();
  compute(whole, configuration);
  const auto flat =
      static_cast<std::size_t>(configuration::flat_index(configuration.grid, k_damaged));
  const std::size_t network = ((1 * 2 + 1) * 2 + 0) * 2 + 1;  // [algorithm, samples, noise, seed]
  struct Damage {
    const char* path;
    std::size_t position;
    std::string expected;
  };
  const std::string of_point = std::string(k_damaged_name) + "the checksum is ";
  const Damage damages[] = {
      {"/population_loss", flat, of_point},
      {"/steps", flat, of_point},
      {"/train_loss_before_polish", flat, of_point},
      {"/checksum", flat, of_point},
      {"/networks/width_30/inner", network * 90 + 77, of_point},
      {"/networks/width_30/outer", network * 30, of_point},
      {"/history/train_loss_history", flat * 16 + 5, of_point},  // a NaN with another payload
      {"/history/noise", 0, "axis history/noise: "},
      {"/networks/width_30/samples", 1, "axis networks/width_30/samples: 21 where"},
      {"/data/seed", 0, "axis data/seed: 2 where the configuration has 3"},
      {"/noise", 1, "axis noise: 0.25"},
      {"/width", 0, "axis width: 5 where the configuration has 4"},
      {"/history/step", 3, "axis history/step: "},
      {"/data/inputs", 61, "data of seed 1: inputs: 1 of 60 numbers"},
      {"/data/target", 20, "data of seed 1: target: 1 of 20 numbers"},
      {"/data/label_noise", 0, "data of seed 3: label_noise: 1 of 20 numbers"},
      {"/data/index_directions", 0, "data of seed 3: index_directions: 1 of 6 numbers"},
      {"/data/coefficients", 3, "data of seed 1: coefficients: 1 of 2 numbers"},
  };
  const fs::path file = folder / "damaged.h5";
  for (const Damage& damage : damages) {
    INFO(damage.path);
    fs::copy_file(whole, file, fs::copy_options::overwrite_existing);
    flip_bit(file, damage.path, damage.position);
    const VerifyOutcome outcome = verify_file(file, false);
    REQUIRE(!outcome.faults.empty());
    CHECK_THAT(outcome.faults[0], Catch::StartsWith(damage.expected));
    const bool in_point = damage.expected == of_point;
    CHECK(outcome.found.damaged == (in_point ? 1 : 0));
    CHECK(outcome.found.data_faults == (in_point ? 0 : 1));
  }
}

TEST_CASE("data of another build may differ in their last bits only", "[results][verification]") {
  const example::Folder folder;
  const fs::path whole = folder / "whole.h5";
  compute(whole, small_configuration());
  CHECK_FALSE(verify_file(whole, false).found.of_another_build);
  const std::vector<std::string> datasets = {"/data/inputs", "/data/target", "/data/label_noise",
                                             "/data/index_directions", "/data/coefficients"};
  const fs::path file = folder / "another.h5";
  fs::copy_file(whole, file);
  for (const std::string& path : datasets) flip_bit(file, path, 1, 3);
  CHECK(verify_file(file, false).faults.size() == datasets.size());
  rename_build(file);
  const VerifyOutcome outcome = verify_file(file, true);
  CHECK(outcome.faults.empty());
  CHECK(outcome.found.of_another_build);

  for (const std::string& path : datasets) {
    INFO(path);
    fs::copy_file(whole, file, fs::copy_options::overwrite_existing);
    rename_build(file);
    flip_bit(file, path, 1, 50);  // changes the number by an eighth to a quarter
    CHECK(verify_file(file, false).faults.size() == 1);
  }
}

TEST_CASE("wrong numbers with a correct checksum are found", "[results][verification]") {
  const example::Folder folder;
  const fs::path whole = folder / "whole.h5";
  const configuration::Configuration configuration = small_configuration();
  compute(whole, configuration);
  struct Damage {
    std::function<void(grid::PointResult&)> action;
    std::string expected;
    bool only_recomputed;
  };
  const Damage damages[] = {
      {[](grid::PointResult& point) { point.record.status = static_cast<grid::Status>(17); },
       "17 is no status", false},
      {[](grid::PointResult& point) { point.record.path_norm = INFINITY; }, "path_norm is infinite",
       false},
      {[](grid::PointResult& point) { point.record.flatness_trace = NAN; },
       "flatness_trace is missing, but the status is done", false},
      {[](grid::PointResult& point) { point.record.status = grid::Status::diverged; },
       "train_loss is present, but the status is diverged", false},
      {[](grid::PointResult& point) { point.history(0, 2) = 1; },
       "the history of flatness_trace is 1 at step 1, but the training took 0 steps", false},
      {[](grid::PointResult& point) { point.history(15, 1) *= 2; },
       "the history of population_loss ends with ", false},
      {[](grid::PointResult& point) { point.history(15, 0) = NAN; },
       "the history of train_loss ends with nan, but the figure is ", false},
      {[](grid::PointResult& point) { point.record.population_loss *= 1 + 1e-8; },
       "population_loss is ", true},
      {[](grid::PointResult& point) { point.record.flatness_trace *= 1 + 1e-8; },
       "flatness_trace is ", true},
      {[](grid::PointResult& point) { point.record.flatness_orbit_min *= 1 - 1e-8; },
       "flatness_orbit_min is ", true},
      {[](grid::PointResult& point) { point.record.active_neurons += 1; }, "active_neurons is ",
       true},
      {[](grid::PointResult& point) { point.record.train_loss = 1e-22; }, "train_loss is ", true},
      {[](grid::PointResult& point) { point.record.status = grid::Status::not_interpolating; },
       "status not_interpolating contradicts interpolates 1", false},
      {[](grid::PointResult& point) { point.record.interpolates = 0; },
       "status done contradicts interpolates 0", false},
      {[](grid::PointResult& point) { point.record.status = grid::Status::cut_short; },
       "status cut_short contradicts interpolates 1 after 0 steps", false},
      {[](grid::PointResult& point) { point.network.outer(3) *= 1 + 1e-5; }, "train_loss is ",
       true},
      {[](grid::PointResult& point) { point.network.inner.setZero(); }, "train_loss is ", true},
  };
  const fs::path file = folder / "damaged.h5";
  for (const Damage& damage : damages) {
    INFO(damage.expected);
    fs::copy_file(whole, file, fs::copy_options::overwrite_existing);
    grid::PointResult point = results::ResultsReader(file).point(k_damaged);
    REQUIRE(point.record.status == grid::Status::done);
    damage.action(point);
    if (damage.only_recomputed) end_history(point);
    {
      const results::hdf5::File opened = example::open_for_writing(file);
      results::Rows(opened, file, configuration).write(k_damaged, point);
    }
    CHECK(verify_file(file, false).faults.empty() == damage.only_recomputed);
    const VerifyOutcome outcome = verify_file(file, true);
    REQUIRE(!outcome.faults.empty());
    CHECK_THAT(outcome.faults[0], Catch::StartsWith(k_damaged_name + damage.expected));
    CHECK(outcome.found.damaged == 1);
  }
}

TEST_CASE("a certified lower bound is proved again from the stored multipliers",
          "[results][verification]") {
  const bool of_norm = GENERATE(false, true);
  const example::Folder folder;
  const fs::path whole = folder / "whole.h5";
  std::istringstream text("[grid]\nalgorithm = teacher, " +
                          std::string(of_norm ? "min-norm" : "flattest") +
                          "\nsamples = 6, 14\nnoise = 0.2\nwidth = 14\nseed = 4\n"
                          "[problem]\ndimension = 2\nindices = 1\n");
  const configuration::Configuration configuration =
      configuration::parse_configuration(text, "test");
  compute(whole, configuration);
  // The search has no network before its end, so its history has only the end.
  CHECK(verify_file(whole, true).faults.empty());

  const auto bound =
      of_norm ? &grid::Record::path_norm_lower_bound : &grid::Record::flatness_lower_bound;
  constexpr configuration::GridPoint k_of_six{1, 0, 0, 0, 0};
  const grid::PointResult point = results::ResultsReader(whole).point(k_of_six);
  REQUIRE((of_norm ? point.record.path_norm_lower_bound_kind
                   : point.record.flatness_lower_bound_kind) == 2);
  CHECK((of_norm ? point.record.path_norm : point.record.flatness_orbit_min) >=
        point.record.*bound * (1 - 1e-12));
  REQUIRE(point.multipliers.size() == 14);
  CHECK(point.multipliers.head(6).allFinite());
  CHECK(point.multipliers.tail(8).array().isNaN().all());
  CHECK(results::ResultsReader(whole).point({0, 0, 0, 0, 0}).multipliers.array().isNaN().all());

  const std::function<void(grid::PointResult&)> damages[] = {
      [&](grid::PointResult& damaged) { damaged.record.*bound *= 1 + 1e-8; },
      [](grid::PointResult& damaged) { damaged.multipliers(2) *= 1 + 1e-6; },
      [](grid::PointResult& damaged) { damaged.multipliers.setZero(); },
      [](grid::PointResult& damaged) { damaged.multipliers.setConstant(NAN); },
  };
  const fs::path file = folder / "damaged.h5";
  for (const auto& damage : damages) {
    fs::copy_file(whole, file, fs::copy_options::overwrite_existing);
    grid::PointResult damaged = point;
    damage(damaged);
    {
      const results::hdf5::File opened = example::open_for_writing(file);
      results::Rows(opened, file, configuration).write(k_of_six, damaged);
    }
    CHECK(verify_file(file, false).faults.empty());
    const VerifyOutcome outcome = verify_file(file, true);
    REQUIRE(outcome.faults.size() == 1);
    CHECK_THAT(outcome.faults[0],
               Contains(std::string("noise 0.2, width 14, seed 4: ") +
                        (of_norm ? "path_norm_lower_bound is " : "flatness_lower_bound is ")));
  }
}

TEST_CASE("a train loss that differs by rounding only is not a fault", "[results][verification]") {
  const example::Folder folder;
  const fs::path file = folder / "rounding.h5";
  const configuration::Configuration configuration = small_configuration();
  compute(file, configuration);
  // f(x_i) is a sum of 30 terms of 3 products each. Another machine may round it to a value that is 1e-16 lower.
  grid::PointResult point = results::ResultsReader(file).point(k_damaged);
  const double residual = std::sqrt(2 * point.record.train_loss);
  point.record.train_loss = std::pow(residual + 1e-16, 2) / 2;
  end_history(point);
  {
    const results::hdf5::File opened = example::open_for_writing(file);
    results::Rows(opened, file, configuration).write(k_damaged, point);
  }
  CHECK(verify_file(file, true).faults.empty());
}

TEST_CASE("recomputation without networks or data is refused with the reason",
          "[results][verification]") {
  const example::Folder folder;
  const fs::path file = folder / "bare.h5";
  compute(file, small_configuration("[output]\nnetworks = false\ndata = false\nhistory = 0\n"));
  CHECK(verify_file(file, false).faults.empty());
  CHECK_THROWS_WITH(
      require_networks_and_data(results::ResultsReader(file), "bare.h5", "--recompute"),
      "bare.h5: --recompute requires networks and data, but the file was made with "
      "output.networks = false and output.data = false");
}
