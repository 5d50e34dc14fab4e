// SPDX-License-Identifier: MIT
#include "flatgrid/results/format.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "flatgrid/results/provenance.hpp"

namespace flatgrid::results {

std::string explain_format(std::int32_t format) {
  if (format == 1) {
    return fmt::format(
        "was written by flatgrid 0.1 (results format 1, with an axis called method): "
        "read it with flatgrid 0.1, or compute the campaign again with this flatgrid {}",
        version());
  }
  return fmt::format(
      "has results format {}, and this flatgrid {} reads format {}: read it with the "
      "flatgrid that wrote it",
      format, version(), k_format_version);
}

std::string variable_path(std::string_view variable) { return fmt::format("/{}", variable); }
std::string history_path(std::string_view variable) {
  return fmt::format("/history/{}_history", variable);
}
std::string variant_path(std::string_view key) {
  std::string name(key);
  std::ranges::replace_if(
      name, [](char character) { return character == '.' || character == '-'; }, '_');
  return fmt::format("/variants/{}", name);
}
std::string inner_path(std::int64_t width) {
  return fmt::format("/networks/width_{}/inner", width);
}
std::string outer_path(std::int64_t width) {
  return fmt::format("/networks/width_{}/outer", width);
}
std::string bias_path(std::int64_t width) { return fmt::format("/networks/width_{}/bias", width); }
std::string linear_path(std::int64_t width, std::size_t number) {
  return fmt::format("/networks/width_{}/linear_{}", width, number);
}
std::string multipliers_path(std::int64_t width) {
  return fmt::format("/networks/width_{}/multipliers", width);
}

}  // namespace flatgrid::results
