// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_state.hpp"

#include "flatgrid/base/serialization.hpp"

namespace flatgrid {

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

std::string to_bytes(const PointState& state) { return bytes_of(state); }
std::string to_bytes(const PointResult& result) { return bytes_of(result); }

PointState point_state(std::string_view bytes) { return from_bytes<PointState>(bytes); }
PointResult point_result(std::string_view bytes) { return from_bytes<PointResult>(bytes); }

}  // namespace flatgrid
