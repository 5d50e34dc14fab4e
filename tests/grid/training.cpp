// SPDX-License-Identifier: MIT
/// What a point says of its training: cut short, kept as trained, and the same at every scale of the data.
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/pipeline.hpp"
#include "flatgrid/measure/residual.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/problem/magnitude.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

const std::string k_trained =
    "gradient-flow, gradient-descent, sgd, adam, label-noise-sgd, sam, mean-field-langevin, lazy";

configuration::Configuration small_configuration(const std::string& algorithms,
                                                 const std::string& more) {
  std::istringstream text("[grid]\nalgorithm = " + algorithms +
                          "\nsamples = 12\nnoise = 0\nwidth = 24\nseed = 1\n"
                          "[problem]\ndimension = 3\nindices = 1\n" +
                          more);
  return configuration::parse_configuration(text, "test");
}

std::vector<PointResult> compute_all(const Study& study) {
  std::vector<PointResult> results;
  for (std::int64_t flat = 0; flat < study.configuration.grid.points(); ++flat) {
    const configuration::GridPoint point =
        configuration::grid_point(study.configuration.grid, flat);
    results.push_back(
        compute_point(study, point, [](const PointUnderWay&) { return true; }).value());
  }
  return results;
}

std::vector<PointResult> compute_all(const std::string& algorithms, const std::string& more) {
  return compute_all(Study(small_configuration(algorithms, more)));
}

/// The same 12 samples, 8 of them held out, with inputs and labels times factors.
std::vector<PointResult> compute_file(const std::string& algorithms, double inputs, double labels,
                                      const std::string& more) {
  configuration::Configuration file = small_configuration(
      algorithms,
      "inputs = file\ndata-file = none.h5\n[training]\nbatch = 4\nhandover-loss = 1e-3\n" + more);
  const test::Example example(5, 3, 20, 1);
  auto data = std::make_shared<const problem::ExternalData>(
      problem::ExternalData{.inputs = inputs * example.data.inputs,
                            .labels = labels * example.labels,
                            .most_samples = 12,
                            .model = example.target});
  return compute_all(Study(std::move(file), data));
}

}  // namespace

TEST_CASE("a point whose steps run out above the hand-over loss is cut short, with its figures") {
  for (const PointResult& result :
       compute_all(k_trained + ", corrupted", "[training]\nsteps = 5\n")) {
    CHECK(result.record.status == Status::cut_short);
    CHECK(result.record.steps == 5);
    CHECK(result.record.flatness_orbit_min > 0);
    CHECK_THAT(result.message, Catch::StartsWith("relative squared residual ") &&
                                   Catch::Contains(" above 1e-08 after 5 steps: training.steps ran "
                                                   "out above training.handover-loss"));
    // The polish made an interpolator of it nevertheless, or says so.
    CHECK((result.record.interpolates == 1) !=
          Catch::contains(result.message, "the polish stalled"));
  }
  // The flow comes down in some hundred steps, and hands over.
  for (const PointResult& result : compute_all("gradient-flow, lazy", "")) {
    CHECK(result.record.status == Status::done);
    CHECK(result.record.interpolates == 1);
    CHECK(result.record.steps < 100000);
  }
  // No network is above the mean square of the labels by more than that of its own outputs.
  for (const PointResult& result :
       compute_all("gradient-descent", "[training]\nsteps = 5\nhandover-loss = 1\n")) {
    CHECK(result.record.status == Status::done);
  }
}

TEST_CASE("algorithms without a hand-over are not cut short") {
  for (const PointResult& result :
       compute_all("flattest, memorizer, random-features, teacher", "[training]\nsteps = 1\n")) {
    CHECK(result.record.status == Status::done);
    CHECK(result.record.interpolates == 1);
  }
}

TEST_CASE("without a polish networks are kept as trained") {
  const std::vector<PointResult> results =
      compute_all(k_trained,
                  "[training]\nsteps = 60\npolish = no\n[network]\nactivation = quadratic\n"
                  "[flatness]\ntrace-probes = 400\n");
  for (const PointResult& result : results) {
    const Record& record = result.record;
    CHECK(record.status == Status::done);
    CHECK(record.interpolates == 0);
    CHECK(record.steps == 60);
    CHECK(record.train_loss == record.train_loss_before_polish);
    CHECK(std::isnan(record.polish_iterations));
    CHECK_THAT(result.message, Catch::EndsWith("kept as trained, without a polish"));
    // Residuals are not zero, and the trace has their part: Hutch++, exact for its 133 directions in a
    // space of 24 * 4 parameters, sees the whole Hessian.
    CHECK(record.flatness_residual_part != 0);
    CHECK(record.flatness_trace == Approx(record.hessian_trace_hutchpp).epsilon(1e-9));
    CHECK(record.flatness_orbit_min <=
          (record.flatness_trace - record.flatness_residual_part) * (1 + 1e-14));
  }
  // What hands over is the same network, polish aside.
  const Record trained = compute_all("gradient-flow", "[training]\npolish = no\n")[0].record;
  const Record polished = compute_all("gradient-flow", "")[0].record;
  CHECK(trained.status == Status::done);
  CHECK(trained.steps == polished.steps);
  CHECK(trained.train_loss == polished.train_loss_before_polish);
  CHECK(trained.interpolates == 0);
  CHECK(polished.interpolates == 1);
}

TEST_CASE("without a polish label noise lasts to the end") {
  const std::string noisy = "[training]\nsteps = 4000\nlabel-noise = 0.3\n";
  const Record with = compute_all("label-noise-sgd", noisy)[0].record;
  const Record without = compute_all("label-noise-sgd", noisy + "polish = no\n")[0].record;
  CHECK(without.status == Status::done);
  CHECK(without.steps == 4000);
  CHECK(without.train_loss > 100 * with.train_loss_before_polish);
}

TEST_CASE("scaling inputs and labels scales flatness and losses, and changes nothing else") {
  const std::string k_steps = "steps = 2000\n";
  const std::vector<PointResult> reference = compute_file(k_trained, 1, 1, k_steps);
  struct Factors {
    double inputs, labels;
  };
  for (const auto [s, t] : {Factors{1e150, 1e150},
                            {1e-150, 1e-150},
                            {1e150, 1e-150},
                            {1e-150, 1e150},
                            {3, 7},
                            {1, 1e-150}}) {
    const std::vector<PointResult> scaled = compute_file(k_trained, s, t, k_steps);
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      const Record& here = reference[i].record;
      const Record& there = scaled[i].record;
      CAPTURE(i, s, t, scaled[i].message);
      CHECK(there.status == here.status);
      CHECK(there.interpolates == 1);
      CHECK(there.steps == here.steps);
      // Of degree 1: trace and orbit minimum are in units of s t, losses in units of t^2. Rounding,
      // which differs, grows on the way.
      CHECK(there.flatness_orbit_min / s / t == Approx(here.flatness_orbit_min).epsilon(1e-9));
      CHECK(there.flatness_trace / s / t == Approx(here.flatness_trace).epsilon(1e-9));
      CHECK(there.population_loss / t / t == Approx(here.population_loss).epsilon(1e-7));
      CHECK(there.population_loss_stderr / t / t ==
            Approx(here.population_loss_stderr).epsilon(1e-7));
      CHECK(there.effective_neurons == Approx(here.effective_neurons).epsilon(1e-9));
    }
  }
}

TEST_CASE("a trace beyond the range of double is a failure with its reason") {
  // Of degree 2 it is in units of (s t)^{4/3}.
  const std::string quadratic = "[network]\nactivation = relu2\n";
  for (const auto& [factor, words] :
       {std::pair(1e150, "overflows"), std::pair(1e-150, "vanishes")}) {
    for (const PointResult& result :
         compute_file("gradient-flow, random-features", factor, factor, quadratic)) {
      CHECK(result.record.status == Status::failed);
      CHECK_THAT(result.message, Catch::Contains(words) && Catch::EndsWith("in double precision"));
    }
  }
}

TEST_CASE("labels that are all zero are interpolated by the zero network") {
  for (const PointResult& result : compute_file(k_trained, 1, 0, "")) {
    CHECK(result.record.status == Status::done);
    CHECK(result.record.interpolates == 1);
    CHECK(result.message == "");
    CHECK(result.record.train_loss == 0);
    CHECK(result.record.flatness_orbit_min == 0);
  }
  CHECK(measure::relative_residual(0, VectorD::Zero(3)) == 0);
  CHECK(measure::relative_residual(1e-30, VectorD::Zero(3)) == INFINITY);
  CHECK(measure::relative_residual(2, VectorD::Ones(4)) == 0.5);
}

TEST_CASE("data whose squares overflow or underflow in double precision are refused") {
  CHECK(problem::magnitude_fault(MatrixD::Constant(3, 4, 1e150)) == "");
  CHECK(problem::magnitude_fault(MatrixD::Constant(3, 4, -1e-150)) == "");
  CHECK(problem::magnitude_fault(VectorD::Zero(3)) == "");
  CHECK(problem::magnitude_fault(VectorD::Constant(2, -1e160)) ==
        "numbers up to 1e+160, whose squares overflow in double precision");
  CHECK(problem::magnitude_fault(VectorD::Constant(2, 1e-170)) ==
        "numbers up to 1e-170, whose squares underflow in double precision");
  // Every square is finite, their sum is not.
  CHECK(problem::magnitude_fault(VectorD::Constant(1000, 1.3e154)) != "");
  // The first samples of a file may be beyond it though the file is not.
  const PointResult tiny = compute_file("gradient-flow", 1, 1e-170, "")[0];
  CHECK(tiny.record.status == Status::failed);
  CHECK_THAT(tiny.message, Catch::StartsWith("the labels are numbers up to ") &&
                               Catch::EndsWith("whose squares underflow in double precision"));
}

TEST_CASE(
    "a point whose step size overflows the network is neither done nor failed, and has a message") {
  for (const std::string steps : {"1", "2", "3", "7", "30"}) {
    for (const PointResult& result :
         compute_all("gradient-descent, sgd, adam, label-noise-sgd, sam, mean-field-langevin",
                     "[training]\nlearning-rate = 1e6\nsteps = " + steps + "\n")) {
      CHECK(result.record.status != Status::failed);
      CHECK(result.record.status != Status::done);
      CHECK_FALSE(result.message.empty());
    }
  }
}

TEST_CASE("inputs that are all zero fail with a reason") {
  for (const PointResult& result :
       compute_file(k_trained + ", random-features, memorizer", 0, 1, "steps = 200\n")) {
    CHECK(result.record.status != Status::done);
    CHECK_FALSE(result.message.empty());
  }
}

TEST_CASE(
    "fixed outer weights: the trace is that in the inner weights, and stands for the orbit "
    "minimum") {
  for (const std::string bias : {"none", "trained"}) {
    for (const std::string activation : {"relu", "quadratic"}) {
      CAPTURE(bias, activation);
      const Study study(small_configuration(
          "mean-field-langevin",
          fmt::format(
              "[network]\nouter = signs\ninitialization = sphere\nbias = {}\nactivation = {}\n"
              "[training]\nsteps = 20\nlearning-rate = 0.1\ninitial-scale = 1\npolish = no\n",
              bias, activation)));
      const PointResult result = compute_all(study).front();
      const Record& record = result.record;
      CHECK(record.status == Status::done);
      CHECK(record.interpolates == 0);
      CHECK(result.network.outer.cwiseAbs() == VectorD(VectorD::Constant(24, 1.0 / 24)));
      CHECK(record.flatness_orbit_min == record.flatness_trace - record.flatness_residual_part);
      CHECK(record.effective_neurons > 1);
      CHECK(record.effective_neurons <= record.active_neurons);
      // The sum of the second differences of L in the inner weights. Within a step no preactivation changes its
      // sign, which a kink would turn into a large difference; rounding is 1e-15 / step^2 of 0.06.
      const problem::DataSet data = study.problem.data_set(study.problem.index_model(1), 1, 12);
      network::Workspace<double> workspace(24);
      const auto loss = [&](const network::Network<double>& network) {
        VectorD outputs;
        network::predict(*study.activation, network, data.inputs, workspace, outputs);
        return (outputs - data.target).squaredNorm() / 24;
      };
      constexpr double k_step = 2e-5;
      network::Network<double> at = result.network;
      double trace = 0;
      for (double& weight : at.inner.reshaped()) {
        const double before = weight;
        weight = before + k_step;
        const double above = loss(at);
        weight = before - k_step;
        const double below = loss(at);
        weight = before;
        trace += (above - 2 * loss(at) + below) / (k_step * k_step);
      }
      CHECK(record.flatness_trace == Approx(trace).epsilon(1e-3));
    }
  }
}
