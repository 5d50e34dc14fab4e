// SPDX-License-Identifier: MIT
#include "flatgrid/report/axis_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace flatgrid::report {

namespace {

/// Share of an axis that is left free at either end.
constexpr double k_margin = 0.04;

/// Steps between the ticks of a linear axis, at the most.
constexpr double k_most_steps = 7;

/// Share of an axis that a tick's label takes: for its characters, and for the gap to the next one.
constexpr double k_character_room = 0.026;
constexpr double k_gap = 0.02;

/// "10⁻⁵"
std::string power_of_ten(int exponent) {
  constexpr std::array<std::string_view, 10> k_digits = {"⁰", "¹", "²", "³", "⁴",
                                                         "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = "10";
  for (const char character : fmt::format("{}", exponent)) {
    text += character == '-' ? "⁻" : k_digits[static_cast<std::size_t>(character - '0')];
  }
  return text;
}

/// Whether a number is written without a power of ten.
bool is_plain(double value) {
  const double size = std::abs(value);
  return value == 0 || (size >= 1e-3 && size < 1e5);
}

/// Multiples of 1, 2 or 5 times a power of ten.
std::vector<double> linear_ticks(double low, double high) {
  const double least_step = (high - low) / k_most_steps;
  const double power = std::pow(10.0, std::floor(std::log10(least_step)));
  double step = 10 * power;
  for (const double factor : {5, 2, 1}) {
    if (factor * power >= least_step) step = factor * power;
  }
  std::vector<double> ticks;
  for (double k = std::ceil(low / step); k * step <= high; ++k) {
    ticks.push_back(k * step + 0.0);  // no -0
  }
  return ticks;
}

std::vector<Tick> labelled(const std::vector<double>& values) {
  std::vector<Tick> ticks;
  for (const double value : values) ticks.push_back({value, tick_label(value)});
  return ticks;
}

std::vector<Tick> logarithmic_ticks(double low, double high) {
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::floor(std::log10(high)));
  constexpr int k_most_decades = 8;
  const int every = (last - first) / k_most_decades + 1;
  std::vector<Tick> powers;
  std::vector<double> with_halves;
  for (int exponent = first; exponent <= last; ++exponent) {
    for (const int factor : {1, 2, 5}) {
      // As it is written: a product with a power of ten differs from it by rounding.
      const double value = std::stod(fmt::format("{}e{}", factor, exponent));
      if (value < low || value > high) continue;
      if (factor == 1 && exponent % every == 0) powers.push_back({value, power_of_ten(exponent)});
      with_halves.push_back(value);
    }
  }
  constexpr std::size_t k_fewest = 3;
  if (powers.size() >= k_fewest) {
    const bool plain = is_plain(powers.front().value) && is_plain(powers.back().value);
    if (plain) std::ranges::for_each(powers, [](Tick& t) { t.label = tick_label(t.value); });
    return powers;
  }
  return labelled(with_halves.size() >= k_fewest ? with_halves : linear_ticks(low, high));
}

/// Where on its axis a value is: 0 at the low end, 1 at the high end.
double place(const ChartAxis& axis, const AxisScale& scale, double value) {
  return axis.logarithmic ? std::log(value / scale.low) / std::log(scale.high / scale.low)
                          : (value - scale.low) / (scale.high - scale.low);
}

/// The labels of ascending ticks do not touch each other.
bool fit(const ChartAxis& axis, const AxisScale& scale, const std::vector<Tick>& ticks) {
  for (std::size_t k = 1; k < ticks.size(); ++k) {
    const double room = place(axis, scale, ticks[k].value) - place(axis, scale, ticks[k - 1].value);
    const auto characters =
        static_cast<double>(ticks[k - 1].label.size() + ticks[k].label.size()) / 2;
    if (room < k_gap + k_character_room * characters) return false;
  }
  return true;
}

}  // namespace

std::string tick_label(double value) {
  if (is_plain(value)) return fmt::format("{:.9g}", value);
  const std::string text = fmt::format("{:.8e}", value);  // "1.50000000e-05"
  const std::size_t at = text.find('e');
  const double mantissa = std::stod(text.substr(0, at));
  const std::string power = power_of_ten(std::stoi(text.substr(at + 1)));
  return mantissa == 1 ? power : fmt::format("{:.9g}×{}", mantissa, power);
}

AxisScale scale_of(const ChartAxis& axis, const std::vector<double>& values) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value) || (axis.logarithmic && value <= 0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) low = high = 1;
  AxisScale scale;
  if (axis.logarithmic) {
    const double margin = high / low < 1.001 ? 1.25 : std::pow(high / low, k_margin);
    scale = {.low = low / margin, .high = high * margin};
  } else {
    const double size = std::max(std::abs(low), std::abs(high));
    const double margin = high - low > 1e-6 * size ? k_margin * (high - low)
                          : size > 0               ? 0.1 * size
                                                   : 1;
    scale = {.low = low - margin, .high = high + margin};
  }
  std::vector<double> of_grid;
  std::ranges::copy_if(axis.values, std::back_inserter(of_grid),
                       [&](double value) { return value >= scale.low && value <= scale.high; });
  std::ranges::sort(of_grid);
  scale.ticks = labelled(of_grid);
  if (!of_grid.empty() && fit(axis, scale, scale.ticks)) return scale;
  scale.ticks = axis.logarithmic ? logarithmic_ticks(scale.low, scale.high)
                                 : labelled(linear_ticks(scale.low, scale.high));
  return scale;
}

AxisScale x_scale(const Chart& chart) {
  std::vector<double> values;
  for (const Series& series : chart.series) {
    for (const Mark& mark : series.marks) values.push_back(mark.x);
  }
  return scale_of(chart.x, values);
}

AxisScale y_scale(const Chart& chart) {
  std::vector<double> values;
  for (const Series& series : chart.series) {
    for (const Mark& mark : series.marks) {
      values.insert(values.end(), {mark.y, mark.low, mark.high});
    }
  }
  return scale_of(chart.y, values);
}

AxisScale color_scale(const HeatMap& map) {
  const auto values = map.values.reshaped();
  return scale_of({.label = map.value_label, .logarithmic = true}, {values.begin(), values.end()});
}

}  // namespace flatgrid::report
