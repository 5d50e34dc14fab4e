// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/algorithm_entry.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flatgrid::configuration {

AlgorithmEntry::AlgorithmEntry(Choice<algorithm::Algorithm> algorithm,
                               std::vector<VariantSetting> settings)
    : algorithm_(algorithm), settings_(std::move(settings)), label_(algorithm.name()) {
  if (settings_.empty()) return;
  std::vector<std::string> parts;
  for (const VariantSetting& setting : settings_) {
    parts.push_back(fmt::format("{}={}", setting.short_key, setting.value));
  }
  label_ += fmt::format("({})", fmt::join(parts, ", "));
}

}  // namespace flatgrid::configuration
