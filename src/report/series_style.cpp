// SPDX-License-Identifier: MIT
#include "flatgrid/report/series_style.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "flatgrid/configuration/algorithm_entry.hpp"

namespace flatgrid::report {

namespace {

/// The colours of Okabe and Ito (2008), which colour-blind readers can distinguish; yellow is darker here for white
/// pages, and black is grey for dark pages. Brown is none of theirs: it is for the one algorithm beyond two of each.
constexpr std::string_view k_blue = "#0072B2";
constexpr std::string_view k_vermilion = "#D55E00";
constexpr std::string_view k_green = "#009E73";
constexpr std::string_view k_purple = "#CC79A7";
constexpr std::string_view k_orange = "#E69F00";
constexpr std::string_view k_sky = "#56B4E9";
constexpr std::string_view k_olive = "#9A8F00";
constexpr std::string_view k_grey = "#7F7F7F";
constexpr std::string_view k_brown = "#7B3F00";
constexpr std::string_view k_reference = "#555555";

constexpr MarkShape k_circle{"circle", 0, true, "7"};
constexpr MarkShape k_square{"rect", 0, true, "5"};
constexpr MarkShape k_triangle{"triangle", 0, true, "9"};
constexpr MarkShape k_triangle_down{"triangle", 180, true, "11"};
constexpr MarkShape k_diamond{"rectRot", 0, true, "13"};
constexpr MarkShape k_hollow_circle{"circle", 0, false, "6"};
constexpr MarkShape k_hollow_square{"rect", 0, false, "4"};
constexpr MarkShape k_hollow_triangle{"triangle", 0, false, "8"};
constexpr MarkShape k_hollow_triangle_down{"triangle", 180, false, "10"};
constexpr MarkShape k_hollow_diamond{"rectRot", 0, false, "12"};
constexpr MarkShape k_plus{"cross", 0, false, "1"};
constexpr MarkShape k_cross{"crossRot", 0, false, "2"};
constexpr MarkShape k_star{"star", 0, false, "3"};
constexpr MarkShape k_bar{"line", 90, false, "'|'"};
constexpr MarkShape k_dash{"line", 0, false, "'-'"};
/// A triangle pointing right on the page; a pentagon in gnuplot.
constexpr MarkShape k_triangle_right{"triangle", 90, true, "15"};
constexpr MarkShape k_hollow_triangle_right{"triangle", 90, false, "14"};

constexpr std::array k_filled = {k_circle,        k_square,  k_triangle,
                                 k_triangle_down, k_diamond, k_triangle_right};
constexpr std::array k_open = {
    k_hollow_circle,  k_hollow_square, k_hollow_triangle, k_hollow_triangle_down,
    k_hollow_diamond, k_plus,          k_cross,           k_star};

struct AlgorithmStyle {
  std::string_view algorithm;
  SeriesStyle style;
  /// Marks of its variants beyond the first; algorithms of one colour take them from different ones.
  std::span<const MarkShape> variants = k_filled;
};

/// Every mark is unique; algorithms of equal colour have clearly different marks.
constexpr std::array<AlgorithmStyle, 17> k_algorithm_styles = {{
    {"flattest", {k_vermilion, k_circle}},
    {"teacher", {k_grey, k_hollow_diamond}},
    {"gradient-flow", {k_blue, k_square}},
    {"gradient-descent", {k_sky, k_triangle}},
    {"sgd", {k_green, k_diamond}},
    {"adam", {k_grey, k_bar}, k_open},
    {"label-noise-sgd", {k_purple, k_triangle_down}},
    {"sam", {k_orange, k_hollow_circle}},
    {"mean-field-langevin", {k_olive, k_hollow_square}, k_open},
    {"lazy", {k_blue, k_hollow_triangle}, k_open},
    {"random-features", {k_green, k_cross}, k_open},
    {"memorizer", {k_purple, k_plus}, k_open},
    {"corrupted", {k_orange, k_hollow_triangle_down}, k_open},
    {"approximation", {k_sky, k_star}, k_open},
    {"single-index", {k_brown, k_dash}},
    {"min-norm", {k_olive, k_triangle_right}},
    {"worst", {k_vermilion, k_hollow_triangle_right}, k_open},
}};

constexpr std::array<SeriesStyle, 6> k_numbered_styles = {{{k_blue, k_circle},
                                                           {k_vermilion, k_triangle},
                                                           {k_green, k_square},
                                                           {k_purple, k_diamond},
                                                           {k_orange, k_triangle_down},
                                                           {k_sky, k_hollow_circle}}};

}  // namespace

std::optional<SeriesStyle> style_of_algorithm(std::string_view name, std::size_t variant) {
  const auto found = std::ranges::find(k_algorithm_styles, configuration::algorithm_of(name),
                                       &AlgorithmStyle::algorithm);
  if (found == k_algorithm_styles.end()) return std::nullopt;
  SeriesStyle style = found->style;
  if (variant == 0) return style;
  // Without the marks by which the algorithms of this colour are known.
  std::vector<MarkShape> marks(found->variants.begin(), found->variants.end());
  for (const AlgorithmStyle& other : k_algorithm_styles) {
    if (other.style.color == style.color) std::erase(marks, other.style.mark);
  }
  style.mark = marks[(variant - 1) % marks.size()];
  return style;
}

std::vector<SeriesStyle> styles_of(const Chart& chart) {
  std::vector<SeriesStyle> styles;
  std::size_t number = 0;
  for (const Series& series : chart.series) {
    if (const auto style = style_of_algorithm(series.name, series.variant)) {
      styles.push_back(*style);
    } else if (!series.bare) {
      styles.push_back(k_numbered_styles[number++ % k_numbered_styles.size()]);
    } else if (styles.empty() || series.name == k_least) {
      styles.push_back({k_reference, k_circle});
    } else {
      styles.push_back(styles.back());
    }
  }
  return styles;
}

}  // namespace flatgrid::report
