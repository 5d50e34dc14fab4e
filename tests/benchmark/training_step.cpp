// SPDX-License-Identifier: MIT
/// Measures the hot loop: the training step with its 4 n d m flops, the peak of the core for comparison, and
/// steps of algorithms on minibatches.
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>

#include <benchmark/benchmark.h>

#include "example.hpp"
#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/network/kernels.hpp"

namespace {

using namespace flatgrid;

/// Fused multiply-adds on registers only: the peak of a core.
template <class Scalar>
void peak(benchmark::State& state) {
  using Packet = typename Eigen::internal::packet_traits<Scalar>::type;
  constexpr int k_chains = 10;  // more than latency times throughput of the multiply-add units
  constexpr int k_rounds = 1000;
  constexpr int k_lanes = Eigen::internal::packet_traits<Scalar>::size;
  const auto factor = Eigen::internal::pset1<Packet>(Scalar(0.999999));
  const auto one = Eigen::internal::pset1<Packet>(Scalar(1));
  Packet sums[k_chains] = {one, one, one, one, one, one, one, one, one, one};
  for (auto _ : state) {
    for (int round = 0; round < k_rounds; ++round) {
#pragma GCC unroll 16
      for (int chain = 0; chain < k_chains; ++chain) {
        sums[chain] = Eigen::internal::pmadd(sums[chain], factor, one);
      }
    }
  }
  benchmark::DoNotOptimize(sums);
  state.counters["flops"] = benchmark::Counter(2.0 * k_chains * k_lanes * k_rounds,
                                               benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_TEMPLATE(peak, double);
BENCHMARK_TEMPLATE(peak, float);

template <class Scalar>
void training_step(benchmark::State& state) {
  const Index samples = state.range(0);
  const Index dimension = state.range(1);
  const Index width = state.range(2);
  const Example example(samples, dimension, width);
  const auto relu = [&] {
    if constexpr (std::is_same_v<Scalar, float>)
      return example.relu->in_float();
    else
      return network::make_activation({});
  }();
  const network::Network<Scalar> network{example.network.inner.cast<Scalar>(),
                                         example.network.outer.cast<Scalar>()};
  const Matrix<Scalar> inputs = example.data.inputs.cast<Scalar>();
  const Vector<Scalar> labels = example.data.target.cast<Scalar>();
  auto gradient = network::Network<Scalar>::zero(width, dimension);
  network::Workspace<Scalar> workspace(width);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        network::loss_and_gradient(*relu, network, inputs, labels, workspace, gradient));
  }
  state.counters["flops"] =
      benchmark::Counter(4.0 * static_cast<double>(samples * dimension * width),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"n", "d", "m"})
      ->Args({4096, 128, 2048})
      ->Args({1024, 64, 1024})
      ->Args({512, 32, 256})
      ->Args({512, 30, 500})
      ->Args({256, 16, 128})
      ->Args({200, 10, 200})
      ->Args({100, 10, 800})
      ->Args({32, 30, 500});
}
BENCHMARK_TEMPLATE(training_step, double)->Apply(sizes);
BENCHMARK_TEMPLATE(training_step, float)->Apply(sizes);

/// A whole step of an algorithm on minibatches.
void minibatch_step(benchmark::State& state, std::string_view algorithm) {
  const Index samples = state.range(0);
  const Index width = state.range(2);
  const Example example(samples, state.range(1), width);
  algorithm::TrainingSettings training;
  training.steps = std::numeric_limits<std::int64_t>::max();
  training.batch = state.range(3);
  training.handover_loss = 1e-30;
  const algorithm::Task task = example.task(training);
  const auto run =
      std::get<algorithm::Algorithm::Start>(Choice<algorithm::Algorithm>(algorithm)->start)(task);
  constexpr std::int64_t k_steps = 16000;
  run->advance(k_steps);  // past the first steps, which measure the curvature at 1, 2, 4, ...
  for (auto _ : state) run->advance(k_steps);
  state.counters["steps"] =
      benchmark::Counter(k_steps, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(minibatch_step, sgd, "sgd")
    ->ArgNames({"n", "d", "m", "batch"})
    ->Args({500, 30, 500, 1});
BENCHMARK_CAPTURE(minibatch_step, sam, "sam")
    ->ArgNames({"n", "d", "m", "batch"})
    ->Args({500, 30, 500, 1});

}  // namespace

int main(int argc, char** argv) { return flatgrid::run_benchmarks(argc, argv); }
