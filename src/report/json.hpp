// SPDX-License-Identifier: MIT
/// Numbers of a report as JSON, which has neither NaN nor infinity.
#pragma once

#include <cmath>

#include <nlohmann/json.hpp>

#include "flatgrid/report/statistics.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

using Json = nlohmann::ordered_json;

/// null for NaN and infinity.
inline Json json_of(double value) { return std::isfinite(value) ? Json(value) : Json(); }

inline Json json_of(const Statistic& statistic) {
  return {{"value", json_of(statistic.value)},
          {"low", json_of(statistic.low)},
          {"high", json_of(statistic.high)}};
}

/// With its findings and its evidence.
Json json_of(const Verdict& verdict);

}  // namespace flatgrid::report
