// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/candidates.hpp"

#include <algorithm>
#include <utility>

namespace flatgrid::flattest {

void add(Candidates& candidates, Candidate candidate) {
  const bool last_stays = candidates.size() == k_candidates && candidates.back().checked;
  const auto last = static_cast<std::ptrdiff_t>(k_candidates) - (last_stays ? 1 : 0);
  const auto place = std::ranges::find_if(
      candidates, [&](const Candidate& other) { return other.claim < candidate.claim; });
  if (place - candidates.begin() >= last || !(candidate.claim > 0)) return;
  candidates.insert(place, std::move(candidate));
  if (candidates.size() > k_candidates) candidates.erase(candidates.begin() + last);
}

MatrixD multipliers_of(const Candidates& candidates) {
  MatrixD all(candidates.front().multipliers.size(), static_cast<Index>(candidates.size()));
  for (Index k = 0; k < all.cols(); ++k)
    all.col(k) = candidates[static_cast<std::size_t>(k)].multipliers;
  return all;
}

void confront(Candidates& candidates, const MatrixD& features) {
  if (features.cols() == 0 || candidates.empty()) return;
  const VectorD kappa =
      (features.transpose() * multipliers_of(candidates)).cwiseAbs().colwise().maxCoeff();
  for (std::size_t k = 0; k < candidates.size(); ++k)
    if (Candidate& candidate = candidates[k]; candidate.checked)
      candidate.checked =
          std::min(*candidate.checked, candidate.claim / kappa(static_cast<Index>(k)));
}

Candidate as_checked(Candidate candidate) {
  candidate.multipliers *= *candidate.checked / candidate.claim;
  candidate.claim = *candidate.checked;
  return candidate;
}

}  // namespace flatgrid::flattest
