// SPDX-License-Identifier: MIT
#include "flatgrid/report/claims.hpp"

#include "judgement/judgement.hpp"

namespace flatgrid::report {

std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection) {
  const Points points{figures, selection};
  return {judge_claim1(points),         judge_claim2(points), judge_best(points),
          judge_index_subspace(points), judge_order(points),  judge_rescaling(points)};
}

}  // namespace flatgrid::report
