// SPDX-License-Identifier: MIT
#include "flatgrid/report/claims.hpp"

#include "judgement/judgement.hpp"

namespace flatgrid::report {

std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection) {
  const Points points{figures, selection};
  std::vector<Verdict> all = {judge_claim1(points), judge_claim2(points),
                              judge_best(points),   judge_index_subspace(points),
                              judge_order(points),  judge_rescaling(points)};
  if (figures.algorithm("single-index")) all.push_back(judge_single_index(points));
  if (figures.algorithm("worst")) all.push_back(judge_frontier(points));
  for (const std::size_t claim : {0U, 1U}) add_extreme_samples(points, all[claim]);
  if (figures.has_least_norm_and_flattest()) all.push_back(judge_least_norm(points));
  return all;
}

}  // namespace flatgrid::report
