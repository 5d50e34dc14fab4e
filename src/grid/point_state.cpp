// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_state.hpp"

#include "flatgrid/base/serialization.hpp"

namespace flatgrid::grid {

template <class Archive>
void serialize(Archive& archive, PointState& state) {
  auto& [run, polish, history, seconds] = state;
  archive(run, polish, history, seconds);
}

template <class Archive>
void serialize(Archive& archive, Record& record) {
  static_assert(std::is_trivially_copyable_v<Record>);
  archive(cereal::binary_data(&record, sizeof record));
}

template <class Archive>
void serialize(Archive& archive, PointResult& result) {
  auto& [record, history, network, multipliers, message] = result;
  archive(record, history, network, multipliers, message);
}

template <class Archive>
void serialize(Archive& archive, NeighbouringResults& points) {
  auto& [first, results] = points;
  archive(first, results);
}

std::string to_bytes(const PointState& state) { return bytes_of(state); }
std::string to_bytes(const NeighbouringResults& points) { return bytes_of(points); }

PointState point_state(std::string_view bytes) { return from_bytes<PointState>(bytes); }
NeighbouringResults neighbouring_results(std::string_view bytes) {
  return from_bytes<NeighbouringResults>(bytes);
}

}  // namespace flatgrid::grid
