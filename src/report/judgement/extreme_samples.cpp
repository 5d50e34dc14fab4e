// SPDX-License-Identifier: MIT
/// What biases mean for the claims: extreme samples, and no rescaling symmetry if they are frozen.
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "judgement.hpp"

namespace flatgrid::report {

void add_extreme_samples(const Points& points, Verdict& verdict) {
  const network::BiasKind& bias = *points.figures.results().configuration().network.bias;
  if (!bias.exists) return;
  if (bias.frozen) {
    verdict.remarks.emplace_back(
        "The biases are frozen: no rescaling keeps the functions, and what is called orbit minimum "
        "is the trace of the Hessian itself, without the residual part.");
    return;
  }
  const configuration::Axes& axes = points.axes();
  const std::vector<double>& share = points.figures.variable("extreme_samples");
  std::map<std::int64_t, std::map<std::int64_t, double>> by_samples;  // of each data set
  for (std::int64_t i = 0; i < points.figures.instances(); ++i) {
    for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
      if (!points.shown(a, i)) continue;
      const std::int64_t samples =
          configuration::at(axes.samples, points.figures.instance(i).samples);
      by_samples[samples][points.figures.data_set(i)] =
          configuration::at(share, points.figures.flat_of(a, i));
    }
  }
  std::vector<std::string> shares, all;
  for (const auto& [samples, of_data_sets] : by_samples) {
    double sum = 0;
    for (const auto& [data_set, value] : of_data_sets) sum += value;
    const double mean = sum / static_cast<double>(of_data_sets.size());
    shares.push_back(fmt::format("{:.3g} % of {}", 100 * mean, samples));
    if (mean == 1) all.push_back(fmt::format("{}", samples));
  }
  if (shares.empty()) return;
  verdict.remarks.push_back(
      fmt::format("With biases a neuron can be active on one sample alone if this sample is an "
                  "extreme point of the convex hull of all: {} samples are (mean over data sets).",
                  fmt::join(shares, ", ")));
  if (all.empty()) return;
  verdict.remarks.push_back(fmt::format(
      "At {} samples all are extreme: the network of one such neuron for each sample is then the "
      "flattest interpolator of any labels, and neither claim can hold.",
      fmt::join(all, ", ")));
}

}  // namespace flatgrid::report
