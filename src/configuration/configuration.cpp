// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/configuration.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "flatgrid/configuration/key_name.hpp"

namespace flatgrid::configuration {

namespace {

bool identifies(const ConfigurationKey& key) { return key.decides != Decides::writing; }

}  // namespace

const ConfigurationKey* find_key(std::string_view name) {
  const auto keys = configuration_keys();
  const auto found = std::ranges::find(keys, name, &ConfigurationKey::name);
  return found == keys.end() ? nullptr : &*found;
}

std::string canonical_text(const Configuration& configuration) {
  std::string text;
  std::string_view section;
  for (const ConfigurationKey& key : configuration_keys()) {
    const std::string_view key_section = section_of(key.name);
    if (key_section != section) {
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", key_section);
      section = key_section;
    }
    text += fmt::format("{} = {}\n", without_section(key.name), key.text(configuration));
  }
  return text;
}

std::string identity_text(const Configuration& configuration) {
  std::string text;
  for (const ConfigurationKey& key : configuration_keys()) {
    if (identifies(key)) text += fmt::format("{} = {}\n", key.name, key.text(configuration));
  }
  return text;
}

const ConfigurationKey* first_difference(const Configuration& here, const Configuration& there) {
  for (const ConfigurationKey& key : configuration_keys()) {
    if (identifies(key) && key.text(here) != key.text(there)) return &key;
  }
  return nullptr;
}

const ConfigurationKey* first_obstacle(const Configuration& here, const Configuration& there) {
  for (const ConfigurationKey& key : configuration_keys()) {
    const std::string text = key.text(here);
    const bool counts = key.decides == Decides::bits ||
                        (key.decides == Decides::extras && text != "0" && text != "false");
    if (counts && text != key.text(there)) return &key;
  }
  // The rows of a data file beyond the most samples are held out for the population loss.
  const auto most_samples = [](const Configuration& configuration) {
    return std::ranges::max(configuration.grid.samples);
  };
  if (here.problem.inputs->is_file() && most_samples(here) != most_samples(there)) {
    return find_key("grid.samples");
  }
  return nullptr;
}

std::vector<std::int64_t> history_steps(const Configuration& configuration) {
  const std::int64_t last = configuration.training.steps;
  const std::int64_t count = std::min(configuration.output.history, last);
  std::vector<std::int64_t> steps;
  for (std::int64_t k = 0; k < count; ++k) {
    // last^(k / (count - 1)), a convex sequence from 1 to last: where its values are less than one
    // apart, at its beginning, they are moved up to distinct ones, and that never exceeds last.
    const double fraction =
        count == 1 ? 1.0 : static_cast<double>(k) / static_cast<double>(count - 1);
    const std::int64_t step = std::llround(std::pow(static_cast<double>(last), fraction));
    steps.push_back(steps.empty() ? step : std::max(step, steps.back() + 1));
  }
  return steps;
}

}  // namespace flatgrid::configuration
