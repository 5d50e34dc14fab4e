// SPDX-License-Identifier: MIT
/// The hot loop: the training step, 4 n d m flops, as a fraction of the core's peak measured beside
/// it.
#include <benchmark/benchmark.h>

#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/problem/problem.hpp"

namespace {

using namespace flatgrid;

/// Fused multiply-adds on registers alone: what a core can do at most.
void peak(benchmark::State& state) {
  using Packet = Eigen::internal::packet_traits<double>::type;
  constexpr int k_chains = 10;  // latency times throughput of the multiply-add units, and some
  constexpr int k_rounds = 1000;
  constexpr int k_lanes = Eigen::internal::packet_traits<double>::size;
  const auto factor = Eigen::internal::pset1<Packet>(0.999999);
  const auto one = Eigen::internal::pset1<Packet>(1.0);
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
BENCHMARK(peak);

void training_step(benchmark::State& state) {
  const Index samples = state.range(0);
  const Index dimension = state.range(1);
  const Index width = state.range(2);
  ProblemSettings settings;
  settings.dimension = dimension;
  const IndexModel target = Problem(settings).index_model(0);
  const DataSet data = Problem(settings).data_set(target, 0, samples);
  const auto activation = make_activation({});
  const auto network = gaussian_network(0, width, dimension, 1.0);
  auto gradient = Network<double>::zero(width, dimension);
  Workspace<double> workspace(width);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        loss_and_gradient(*activation, network, data.inputs, data.target, workspace, gradient));
  }
  state.counters["flops"] =
      benchmark::Counter(4.0 * static_cast<double>(samples * dimension * width),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(training_step)
    ->ArgNames({"n", "d", "m"})
    ->Args({1024, 64, 1024})
    ->Args({1024, 64, 256})
    ->Args({200, 10, 200})
    ->Args({100, 10, 800})
    ->Args({512, 30, 500});

}  // namespace

int main(int argc, char** argv) {
  flatgrid::fix_product_blocking();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
