// SPDX-License-Identifier: MIT
#include "flatgrid/report/reasons.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "flatgrid/base/printable.hpp"
#include "flatgrid/configuration/axes.hpp"

namespace flatgrid::report {

std::vector<Reason> reasons_of(const std::vector<std::int64_t>& points,
                               const std::vector<std::string>& messages) {
  std::map<std::string, std::int64_t> counts;
  for (const std::int64_t flat : points) {
    const std::string& message = configuration::at(messages, flat);
    const std::size_t colon = message.find(": ");
    ++counts[printable(colon == std::string::npos ? message : message.substr(colon + 2))];
  }
  std::vector<Reason> reasons;
  for (const auto& [text, count] : counts) reasons.push_back({text, count});
  std::ranges::stable_sort(reasons, std::ranges::greater(), &Reason::points);
  return reasons;
}

}  // namespace flatgrid::report
