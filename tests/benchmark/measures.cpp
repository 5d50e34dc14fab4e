// SPDX-License-Identifier: MIT
/// Measures what follows training: the traces of every neuron, the population loss, an iteration of the polish;
/// and, for comparison, the training step of the same size and a matrix product.
#include <benchmark/benchmark.h>

#include "example.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/kernels.hpp"

namespace {

using namespace flatgrid;

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"n", "d", "m"})
      ->Args({1024, 64, 1024})
      ->Args({512, 30, 500})
      ->Args({256, 16, 128})
      ->Args({200, 10, 200})
      ->Args({100, 10, 800});
}

void training_step(benchmark::State& state) {
  const Example example(state.range(0), state.range(1), state.range(2));
  auto gradient = network::Network<double>::zero(state.range(2), state.range(1));
  network::Workspace<double> workspace(state.range(2));
  for (auto _ : state)
    benchmark::DoNotOptimize(network::loss_and_gradient(*example.relu, example.network,
                                                        example.data.inputs, example.data.target,
                                                        workspace, gradient));
}
BENCHMARK(training_step)->Apply(sizes);

void trace_and_orbit_minimum(benchmark::State& state) {
  const Example example(state.range(0), state.range(1), state.range(2));
  for (auto _ : state) {
    const measure::NeuronTraces traces =
        measure::neuron_traces(*example.relu, example.network, example.data.inputs);
    benchmark::DoNotOptimize(measure::flatness_trace(traces) +
                             measure::flatness_orbit_min(traces, 1));
  }
}
BENCHMARK(trace_and_orbit_minimum)->Apply(sizes);

/// The loss of a network of m random neurons. With `near`, the network is the target split into m copies of its
/// neurons, each slightly perturbed; its loss is 1e-9 of the target.
void population_loss(benchmark::State& state) {
  const Index width = state.range(0);
  const Index indices = state.range(1);
  Example example(10, state.range(2), width, indices);
  const problem::IndexModel target = example.problem.index_model(0);
  network::Network<double> network = example.network;
  if (state.range(3) != 0) {
    const double share = static_cast<double>(indices) / static_cast<double>(width);
    for (Index j = 0; j < width; ++j) {
      network.inner.row(j) = target.directions.row(j % indices) + 1e-4 * network.inner.row(j);
      network.outer(j) = target.coefficients(j % indices) * share;
    }
  }
  const measure::PopulationLoss loss(example.problem, *example.relu, target, 0);
  double value = 0;
  for (auto _ : state) benchmark::DoNotOptimize(value = loss(network).value);
  state.counters["loss"] = value;
}
BENCHMARK(population_loss)
    ->ArgNames({"m", "r", "d", "near"})
    ->Args({800, 8, 10, 0})
    ->Args({800, 8, 10, 1})
    ->Args({2048, 8, 10, 0})
    ->Args({2048, 8, 10, 1});

/// One iteration: 2 n^2 m + n^3 / 3 flops and the step back to parameters.
void polish_iteration(benchmark::State& state) {
  const Index samples = state.range(0);
  const Index width = state.range(2);
  const Example example(samples, state.range(1), width);
  algorithm::TrainingSettings training;
  const algorithm::Task task = example.task(training);
  polish::Polish polish(task, example.network);
  const std::string beginning = polish.save();
  for (auto _ : state) {
    state.PauseTiming();
    polish.load(beginning);
    state.ResumeTiming();
    polish.advance(1);
  }
  const auto n = static_cast<double>(samples);
  state.counters["flops"] =
      benchmark::Counter(2 * n * n * static_cast<double>(width) + n * n * n / 3,
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(polish_iteration)->ArgNames({"n", "d", "m"})->Args({1000, 50, 1024});

void matrix_product(benchmark::State& state) {
  const Index n = state.range(0);
  const MatrixD a = MatrixD::Random(n, state.range(1));
  MatrixD product(n, n);
  for (auto _ : state) {
    product.noalias() = a * a.transpose();
    benchmark::DoNotOptimize(product.data());
  }
  state.counters["flops"] = benchmark::Counter(2.0 * static_cast<double>(n * n * state.range(1)),
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(matrix_product)->ArgNames({"n", "m"})->Args({1000, 1024});

}  // namespace

int main(int argc, char** argv) { return flatgrid::run_benchmarks(argc, argv); }
