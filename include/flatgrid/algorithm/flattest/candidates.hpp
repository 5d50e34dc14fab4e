// SPDX-License-Identifier: MIT
/// The multipliers of a column generation that bound best, kept for the recheck.
#pragma once

#include <optional>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

inline constexpr std::size_t k_candidates = 4;  ///< that are kept

/// Multipliers that bound well.
struct Candidate {
  VectorD multipliers;            ///< l / kappa(l), [r]
  double claim;                   ///< l.y / kappa(l) as a round found it
  Index climbs;                   ///< that the claim rests on
  std::optional<double> checked;  ///< l.y / kappa(l) as the recheck found it

  /// What is known of the bound.
  [[nodiscard]] double bound() const { return checked.value_or(claim); }
};

template <class Archive>
void serialize(Archive& archive, Candidate& candidate) {
  auto& [multipliers, claim, climbs, checked] = candidate;
  archive(multipliers, claim, climbs, checked);
}

/// The best, in descending order of their claims.
using Candidates = std::vector<Candidate>;

/// Notes one that has not been checked, if it is among the best. One that has been is replaced by
/// none that has not.
void add(Candidates& candidates, Candidate candidate);

/// Their multipliers, [r, k].
MatrixD multipliers_of(const Candidates& candidates);

/// Checks those that have been once more, against features [r, m]: kappa is at least max |phi_j.l|.
void confront(Candidates& candidates, const MatrixD& features);

/// The candidate as its check has left it: kappa as found there, and that bound its claim.
Candidate as_checked(Candidate candidate);

}  // namespace flatgrid::flattest
