// SPDX-License-Identifier: MIT
/// The multipliers of a column generation with the best bounds, kept for the recheck.
#pragma once

#include <optional>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

inline constexpr std::size_t k_candidates = 4;  ///< number of candidates kept

/// Multipliers with a good bound.
struct Candidate {
  VectorD multipliers;            ///< l / kappa(l), [r]
  double claim;                   ///< l.y / kappa(l) with the kappa found in a round
  Index climbs;                   ///< number of climbs that found this kappa
  std::optional<double> checked;  ///< l.y / kappa(l) with the kappa found by the recheck

  /// The checked bound if there is one, else the claim.
  [[nodiscard]] double bound() const { return checked.value_or(claim); }
};

template <class Archive>
void serialize(Archive& archive, Candidate& candidate) {
  auto& [multipliers, claim, climbs, checked] = candidate;
  archive(multipliers, claim, climbs, checked);
}

/// The best candidates, in descending order of their claims.
using Candidates = std::vector<Candidate>;

/// Adds an unchecked candidate if it is among the best. If all places are taken, it replaces the last candidate, or
/// the last but one if the last is checked.
void add(Candidates& candidates, Candidate candidate);

/// The multipliers of all candidates, [r, k].
MatrixD multipliers_of(const Candidates& candidates);

/// Lowers the checked bounds by new features [r, m]: kappa is at least max_j |phi_j.l|. Claims stay.
void confront(Candidates& candidates, const MatrixD& features);

/// The candidate rescaled to the kappa of its recheck; its claim is the checked bound.
Candidate as_checked(Candidate candidate);

}  // namespace flatgrid::flattest
