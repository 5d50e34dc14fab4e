// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_state.hpp"

#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

/// Every algorithm that is there and takes the activation, with what changes their course: momentum,
/// batches, noise, extras. single-index needs frozen biases.
Study every_algorithm(const std::string& activation) {
  std::string algorithms;
  for (const std::string_view name : names_of<algorithm::Algorithm>()) {
    const bool of_degree_1 = name == "min-norm" || name == "worst";
    if ((of_degree_1 && activation == "relu2") || name == "single-index") continue;
    algorithms += (algorithms.empty() ? "" : ", ") + std::string(name);
  }
  std::istringstream text(
      "[grid]\nalgorithm = " + algorithms +
      "\nsamples = 16\nnoise = 0.1\nwidth = 20\nseed = 3\n"
      "[problem]\ndimension = 4\nindices = 2\nlink = " +
      activation + "\n[network]\nactivation = " + activation +
      "\n[flattest]\nrounds = 4\nstarts = 5\n[training]\nsteps = 500\nmomentum = 0.5\nbatch = 5\n"
      "[flatness]\ntop-eigenvalue = true\nsharpness-radius = 1e-3\n"
      "[output]\nhistory = 9\n");
  return Study(configuration::parse_configuration(text, "test"));
}

/// Networks with fixed outer weights and biases, as trained.
Study fixed_outer_weights() {
  std::istringstream text(
      "[grid]\nalgorithm = mean-field-langevin\nsamples = 16\nnoise = 0.1\nwidth = 20\nseed = 3\n"
      "[problem]\ndimension = 4\nindices = 2\ninputs = gaussian-spiked\n"
      "[network]\nouter = signs\nbias = trained\ninitialization = sphere\n"
      "[training]\nsteps = 500\nlearning-rate = 0.1\npolish = no\n"
      "[flatness]\nactivation-rates = true\n[output]\nhistory = 9\n");
  return Study(configuration::parse_configuration(text, "test"));
}

/// Every algorithm that takes frozen biases.
Study every_algorithm_with_frozen_biases() {
  std::istringstream text(
      "[grid]\nalgorithm = gradient-flow, gradient-descent, sgd, adam, label-noise-sgd, sam, "
      "mean-field-langevin, lazy, corrupted, random-features, single-index\nsamples = 16\nnoise "
      "= "
      "0.1\nwidth = 20\nseed = 3\n[problem]\ndimension = 4\nindices = 1\nlink = "
      "kinks\n[network]\n"
      "bias = frozen\n[training]\nsteps = 500\nmomentum = 0.5\nbatch = 5\n"
      "[single-index]\nouter-start = 100\n[output]\nhistory = 9\n");
  return Study(configuration::parse_configuration(text, "test"));
}

/// Computes a point in pieces: stopped at every `period`-th question, each time continued from the
/// bytes of the state at that moment.
PointResult in_pieces(const Study& study, const configuration::GridPoint& point, int period,
                      int& pieces) {
  std::optional<std::string> kept;
  for (pieces = 1;; ++pieces) {
    int questions = 0;
    std::string bytes;
    const std::optional<PointResult> result = compute_point(
        study, point,
        [&](const PointUnderWay& under_way) {
          if (++questions < period) return true;
          bytes = to_bytes(under_way.state());
          return false;
        },
        kept ? std::optional(point_state(*kept)) : std::nullopt);
    if (result) return *result;
    kept = bytes;
  }
}

/// The bytes of the state of a trained point at the first question whether to go on.
std::string bytes_at_first_question(const Study& study) {
  std::string bytes;
  CHECK_FALSE(compute_point(study, {.algorithm = 1}, [&](const PointUnderWay& under_way) {
    bytes = to_bytes(under_way.state());
    return false;
  }));
  return bytes;
}

}  // namespace

TEST_CASE("an interrupted point ends with the bits of an uninterrupted one") {
  const std::string kind = GENERATE("relu", "relu2", "fixed outer weights", "frozen biases");
  const Study study = kind == "fixed outer weights" ? fixed_outer_weights()
                      : kind == "frozen biases"     ? every_algorithm_with_frozen_biases()
                                                    : every_algorithm(kind);
  for (std::int64_t algorithm = 0; algorithm < std::ssize(study.configuration.grid.algorithm);
       ++algorithm) {
    CAPTURE(configuration::at(study.configuration.grid.algorithm, algorithm).name());
    const configuration::GridPoint point{.algorithm = algorithm};
    const auto always = [](const PointUnderWay&) { return true; };
    const PointResult once = compute_point(study, point, always).value();
    int pieces = 0;
    // Extras are asked for before each: a shorter period would never come past them.
    const PointResult stopped = in_pieces(study, point, 3, pieces);
    CHECK(checksum(stopped, stored_variables(study.configuration)) ==
          checksum(once, stored_variables(study.configuration)));
    CHECK(stopped.message == once.message);
    if (work_of(study, point).run.polished) CHECK(pieces > 2);
  }
}

TEST_CASE("the seconds of a point are the sum over all its runs") {
  const Study study = every_algorithm("relu");
  PointState state = point_state(bytes_at_first_question(study));
  state.seconds = 1000;
  const auto always = [](const PointUnderWay&) { return true; };
  const PointResult result =
      compute_point(study, {.algorithm = 1}, always, std::move(state)).value();
  CHECK(result.record.seconds > 1000);
  CHECK(result.record.seconds < 2000);
}

TEST_CASE("truncated bytes of a state are refused, complete bytes are read back") {
  const Study study = every_algorithm("relu");
  const std::string bytes = bytes_at_first_question(study);
  REQUIRE(bytes.size() > 1000);
  CHECK(to_bytes(point_state(bytes)) == bytes);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{100}, bytes.size() - 1}) {
    CHECK_THROWS_AS(point_state(bytes.substr(0, length)), Error);
  }
}

TEST_CASE("results can be read back from their bytes") {
  PointResult result;
  result.record.status = Status::not_interpolating;
  result.record.train_loss = 0.1;
  result.network = {MatrixD::Random(3, 2), VectorD::Random(3)};
  result.history = MatrixD::Random(4, 11);
  result.message = "a reason";
  const NeighbouringResults both = neighbouring_results(
      to_bytes(NeighbouringResults{.first = 7, .results = {PointResult{}, result}}));
  CHECK(both.first == 7);
  REQUIRE(both.results.size() == 2);
  const PointResult& same = both.results.back();
  const StoredVariables stored = stored_variables(every_algorithm("relu").configuration);
  CHECK(checksum(same, stored) == checksum(result, stored));
  CHECK(same.message == result.message);
}
