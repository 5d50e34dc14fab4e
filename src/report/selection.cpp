// SPDX-License-Identifier: MIT
#include "flatgrid/report/selection.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/suggestion.hpp"

namespace flatgrid::report {

namespace {

constexpr std::string_view k_status = "status";

/// By number.
const std::array k_status_names = [] {
  std::array<std::string_view, grid::k_status_count> names;
  for (int status = 0; status < grid::k_status_count; ++status) {
    names[static_cast<std::size_t>(status)] = grid::name_of(static_cast<grid::Status>(status));
  }
  return names;
}();

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

/// Which values of an axis a text means.
std::vector<bool> meant(const std::vector<Choice<algorithm::Algorithm>>& values,
                        std::string_view text) {
  std::vector<bool> result;
  for (const Choice<algorithm::Algorithm> value : values) result.push_back(value.name() == text);
  return result;
}

std::vector<bool> meant(const std::vector<double>& values, std::string_view text) {
  const std::optional<double> number = read_number<double>(text);
  std::vector<bool> result;
  for (const double value : values) result.push_back(number == value);
  return result;
}

std::vector<bool> meant(const std::vector<std::int64_t>& values, std::string_view text) {
  constexpr std::string_view k_to = "..";
  const std::size_t between = text.find(k_to);
  const auto first = read_number<std::int64_t>(text.substr(0, between));
  const auto last =
      between == text.npos ? first : read_number<std::int64_t>(text.substr(between + k_to.size()));
  std::vector<bool> result;
  for (const std::int64_t value : values) {
    result.push_back(first && last && *first <= value && value <= *last);
  }
  return result;
}

std::string names_of_values(const std::vector<Choice<algorithm::Algorithm>>& values) {
  std::vector<std::string_view> names;
  for (const Choice<algorithm::Algorithm> value : values) names.push_back(value.name());
  return fmt::format("{}", fmt::join(names, ", "));
}

template <class Number>
std::string names_of_values(const std::vector<Number>& values) {
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace

Selection::Selection(const configuration::Axes& axes, const std::string& text) {
  std::istringstream terms(text);
  for (std::string term; std::getline(terms, term, ',');) {
    const auto refuse = [&](const std::string& reason) {
      throw Error(fmt::format("'{}': {}", term, reason));
    };
    const auto refuse_name = [&](std::string_view wrong,
                                 const std::vector<std::string_view>& right) {
      const std::string suggestion = did_you_mean(wrong, right);
      refuse(suggestion.empty() ? fmt::format("'{}' is none of {}", wrong, fmt::join(right, ", "))
                                : suggestion);
    };
    const std::size_t equals = term.find('=');
    if (equals == std::string::npos) refuse("must be AXIS=VALUE");
    const std::string_view name = std::string_view(term).substr(0, equals);
    const std::string_view value = std::string_view(term).substr(equals + 1);
    if (name == k_status) {
      const auto status = std::ranges::find(k_status_names, value);
      if (status == k_status_names.end()) {
        refuse_name(value, {k_status_names.begin(), k_status_names.end()});
      }
      names_statuses_ = true;
      statuses_[static_cast<std::size_t>(status - k_status_names.begin())] = true;
      continue;
    }
    const auto found = std::ranges::find(configuration::k_axis_names, name);
    if (found == configuration::k_axis_names.end()) {
      std::vector<std::string_view> names(configuration::k_axis_names.begin(),
                                          configuration::k_axis_names.end());
      names.push_back(k_status);
      refuse_name(name, names);
    }
    const auto choose = [&](std::size_t axis, const auto& values) {
      const std::vector<bool> these = meant(values, value);
      if (std::ranges::find(these, true) == these.end()) {
        constexpr std::size_t k_most_shown = 200;
        const std::string all = names_of_values(values);
        refuse(fmt::format("is not on the axis, which has {}{}", all.substr(0, k_most_shown),
                           all.size() > k_most_shown ? "..." : ""));
      }
      Positions& chosen = chosen_[axis];
      chosen.resize(these.size());
      for (std::size_t k = 0; k < these.size(); ++k) chosen[k] = chosen[k] || these[k];
    };
    switch (found - configuration::k_axis_names.begin()) {
      case 0:
        choose(0, axes.algorithm);
        break;
      case 1:
        choose(1, axes.samples);
        break;
      case 2:
        choose(2, axes.noise);
        break;
      case 3:
        choose(3, axes.width);
        break;
      default:
        choose(4, axes.seed);
    }
  }
}

bool Selection::contains(const configuration::GridPoint& point) const {
  const std::array positions = {point.algorithm, point.samples, point.noise, point.width,
                                point.seed};
  for (std::size_t axis = 0; axis < positions.size(); ++axis) {
    const Positions& chosen = chosen_[axis];
    if (!chosen.empty() && !chosen[static_cast<std::size_t>(positions[axis])]) return false;
  }
  return true;
}

}  // namespace flatgrid::report
