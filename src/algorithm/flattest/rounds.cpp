// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/rounds.hpp"

#include <algorithm>
#include <numeric>

namespace flatgrid::flattest {

namespace {

constexpr double k_progress = 0.8;         ///< the gap has fallen if it is below this multiple
constexpr std::int64_t k_null_rounds = 3;  ///< rounds without a better bound before rho grows

}  // namespace

void Progress::note(double cost, double bound) {
  ++still_rounds;
  const double gap = cost / bound - 1;
  if (cost > 0 && marked_gap > 0 && gap >= k_progress * marked_gap) return;
  still_rounds = 0;
  if (cost > 0) marked_gap = gap;
}

void Proximity::loosen(double kappa, double unfitted) {
  if (kappa < 1.15) weight *= kappa - 1 < 0.1 * unfitted ? 0.1 : 0.3;
  null_rounds = 0;
}

void Proximity::note_null_round() {
  if (++null_rounds < k_null_rounds) return;
  weight *= 3;
  null_rounds = 0;
}

std::vector<Index> largest(const VectorD& values, Index count) {
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), Index{0});
  count = std::min(count, values.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<long>(count), order.end(),
      [&](Index a, Index b) { return values(a) > values(b) || (values(a) == values(b) && a < b); });
  order.resize(static_cast<std::size_t>(count));
  return order;
}

}  // namespace flatgrid::flattest
