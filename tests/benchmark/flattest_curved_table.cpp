// SPDX-License-Identifier: MIT
/// Prints the table of tests/algorithm/flattest/README.md on degree 2 and 3: it compares the flattest
/// interpolator of fixed width with the result of the penalty search alone. The labels are
///   sigma(u1.x) - sigma(u2.x) + sigma(u3.x) + noise     (two terms for d = 2)
/// with orthonormal u and standard normal x.
///
///   flattest_curved_table [activation d n [noise [width [seed]]]]
///
/// Without arguments it prints the cases of the README with seed 1.
#include <cstdlib>
#include <ctime>
#include <string>

#include <fmt/core.h>

#include "flatgrid/algorithm/descent/penalty.hpp"
#include "flatgrid/algorithm/flattest/curved.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/random/stream.hpp"

using namespace flatgrid;

namespace {

/// The result of a run, and its processor seconds.
struct Found {
  double flatness = 0;
  double residual = 0;  ///< ||f(X) - y||^2 / ||y||^2
  double seconds = 0;
  std::int64_t steps = 0;
};

Found found_by(algorithm::Run& run, const algorithm::Task& task) {
  const std::clock_t begin = std::clock();
  while (!run.finished() && !run.diverged()) run.advance(1000000);
  Found found;
  found.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  found.steps = run.steps();
  const network::Network<double>& network = *run.network();
  found.flatness = measure::flatness_orbit_min(
      measure::neuron_traces(task.activation, network, task.inputs), task.activation.degree());
  network::Workspace<double> workspace(task.width);
  VectorD outputs;
  network::predict(task.activation, network, task.inputs, workspace, outputs);
  found.residual = (outputs - task.labels).squaredNorm() / task.labels.squaredNorm();
  return found;
}

void print_row(const std::string& name, Index d, Index n, double noise, Index width,
               std::int64_t seed) {
  const auto activation = network::make_activation({.activation = name});
  MatrixD inputs(d, n);
  random::Stream samples(seed, random::Purpose::inputs, 0);
  for (Index i = 0; i < n; ++i) random::fill_normal(samples, inputs.col(i));
  MatrixD directions(d, d);
  random::Stream index(seed, random::Purpose::index_directions, 0);
  for (Index k = 0; k < d; ++k) random::fill_normal(index, directions.col(k));
  const MatrixD u = orthonormalized(directions);
  VectorD labels(n);
  random::Stream noises(seed, random::Purpose::label_noise, 0);
  random::fill_normal(noises, labels);
  labels *= noise;
  VectorD value(n), derivative(n);
  for (Index k = 0; k < std::min<Index>(d, 3); ++k) {
    const VectorD z = inputs.transpose() * u.col(k);
    activation->evaluate(n, z.data(), value.data(), derivative.data());
    labels += (k == 1 ? -1 : 1) * value;
  }
  const algorithm::TrainingSettings training;
  const algorithm::Task task{.training = training,
                             .activation = *activation,
                             .input_law = nullptr,
                             .inputs = inputs,
                             .labels = labels,
                             .width = width,
                             .seed = seed};
  const auto penalty_run = descent::start_penalty(task);
  const Found penalty = found_by(*penalty_run, task);
  const auto run = flattest::start_curved(task);
  const Found flattest = found_by(*run, task);
  const algorithm::LowerBound bound = run->flatness_bound().value();
  const auto shown = [](const Found& found) {
    return found.residual <= 1e-16 ? fmt::format("{:.6g}", found.flatness) : std::string("-");
  };
  fmt::print(
      "| {} | {} | {} | {} | {} | {} | {} | {:.6g} | {:.2e} | {:.1e} | {:.1f} | {:.1f} |{}\n", name,
      d, n, noise, width, shown(penalty), shown(flattest), bound.value, bound.gap,
      flattest.residual, penalty.seconds, flattest.seconds - penalty.seconds, run->obstacle());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  fix_product_blocking();
  fmt::print(
      "| activation | d | n | noise | m | F, penalty | F | bound | F / bound - 1 | residual | s, "
      "penalty | s, the rest |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  if (argc > 3) {
    const Index n = std::atoi(argv[3]);
    print_row(argv[1], std::atoi(argv[2]), n, argc > 4 ? std::atof(argv[4]) : 0,
              argc > 5 ? std::atoi(argv[5]) : n, argc > 6 ? std::atoi(argv[6]) : 1);
    return 0;
  }
  for (const std::string name : {"relu2", "relu3", "quadratic"})
    for (const Index d : {2, 3, 5})
      for (const Index n : {8, 20, 40})
        for (const double noise : {0.0, 0.1}) {
          // Quadratic forms cannot fit more than d (d + 1) / 2 noisy labels.
          if (name == "quadratic" && noise > 0 && n > d * (d + 1) / 2) continue;
          for (const Index width : {n, 2 * n}) print_row(name, d, n, noise, width, 1);
        }
}
