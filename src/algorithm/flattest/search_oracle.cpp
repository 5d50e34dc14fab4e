// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/search_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/base/threads.hpp"

namespace flatgrid::flattest {

namespace {

/// Climbs of the first wave, and of a later wave as a share of the climbs before it.
constexpr Index k_first_wave = 16;
constexpr Index k_wave_share = 8;

/// Peaks in descending order, the greatest of each plus side.
Peaks greatest_first(std::vector<Peak> found) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Peak& a, const Peak& b) { return a.value > b.value; });
  Peaks answer;
  for (Peak& peak : found) {
    answer.greatest = std::max(answer.greatest, peak.value);
    const bool known = std::any_of(answer.found.begin(), answer.found.end(),
                                   [&](const Peak& other) { return other.side == peak.side; });
    if (!known) answer.found.push_back(std::move(peak));
  }
  return answer;
}

}  // namespace

SearchOracle::SearchOracle(const Samples& samples, const measure::LossDerivative* smooth)
    : samples_(samples), smooth_(smooth) {
  const Index d = samples.dimension();
  squares_.resize(d * (d + 1) / 2, samples.size());
  for (Index a = 0, place = 0; a < d; ++a)
    for (Index b = a; b < d; ++b)
      squares_.row(place++) = samples.inputs.row(a).cwiseProduct(samples.inputs.row(b));
  for (Index thread = 0; thread < threads(); ++thread)
    climbers_.emplace_back(samples, smooth, squares_);
}

VectorD SearchOracle::values(const VectorD& multipliers, const MatrixD& directions) const {
  constexpr Index k_block = 64;
  const VectorD smooth =
      smooth_ != nullptr ? smooth_->values(directions) : VectorD(VectorD::Zero(directions.cols()));
  VectorD values(directions.cols());
  const double s = samples_.slope;
  MatrixD z;
  for (Index first = 0; first < directions.cols(); first += k_block) {
    const Index size = std::min(k_block, directions.cols() - first);
    z.noalias() = samples_.rows * directions.middleCols(first, size);  // [n, size]
    const auto plus = (z.array() > 0).cast<double>();
    const MatrixD value = z.array() * (s + (1 - s) * plus);
    const VectorD p = value.transpose() * multipliers;
    const MatrixD squares = s * s + (1 - s * s) * plus;
    for (Index k = 0; k < size; ++k) {
      const double g =
          gauge_value(samples_, directions.col(first + k), squares.col(k), value.col(k));
      values(first + k) = g > 0 ? std::abs(p(k) - smooth(first + k)) / g : 0;
    }
  }
  return values;
}

Peaks SearchOracle::peaks(const VectorD& multipliers, const MatrixD& starts, Index random,
                          random::Stream stream) {
  constexpr Index k_draws = 20;  // random directions for each one that is climbed from
  const Index d = samples_.dimension();
  MatrixD drawn(d, random * k_draws);
  for (Index k = 0; k < drawn.cols(); ++k) random::fill_normal(stream, drawn.col(k));
  const std::vector<Index> highest = largest(values(multipliers, drawn), random);
  const Index count = starts.cols() + random;
  std::vector<Climb> climbs(static_cast<std::size_t>(count));
  std::set<Ray> known;
  for (Index first = 0; first < count;) {
    const Index wave = std::min(std::max(k_first_wave, first / k_wave_share), count - first);
    parallel_for(wave, [&](Index index, Index thread) {
      const Index k = first + index;
      const VectorD start =
          k < starts.cols()
              ? VectorD(starts.col(k))
              : VectorD(drawn.col(highest[static_cast<std::size_t>(k - starts.cols())]));
      climbs[static_cast<std::size_t>(k)] = climbers_[static_cast<std::size_t>(thread)].climb(
          multipliers, start, stream.branch(static_cast<std::uint64_t>(k + 1)), known);
    });
    for (Index k = first; k < first + wave; ++k)
      for (Ray& ray : climbs[static_cast<std::size_t>(k)].rays) known.insert(std::move(ray));
    first += wave;
  }
  std::vector<Peak> found;
  for (Climb& climb : climbs)
    if (climb.peak.value > 0) found.push_back(std::move(climb.peak));
  return greatest_first(std::move(found));
}

Peaks SearchOracle::peaks_in_cells(const VectorD& multipliers, const MatrixD& starts) {
  std::vector<Peak> found(static_cast<std::size_t>(starts.cols()));
  parallel_for(starts.cols(), [&](Index k, Index thread) {
    found[static_cast<std::size_t>(k)] =
        climbers_[static_cast<std::size_t>(thread)].climb_in_cell(multipliers, starts.col(k));
  });
  return greatest_first(std::move(found));
}

}  // namespace flatgrid::flattest
