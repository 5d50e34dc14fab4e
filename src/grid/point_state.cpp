// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_state.hpp"

#include <sstream>

#include <cereal/archives/binary.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>

#include "flatgrid/base/error.hpp"

// Structured bindings name every member, so that one that is added and forgotten here does not
// compile.

namespace Eigen {

template <class Archive, class Scalar, int Rows, int Columns>
void save(Archive& archive, const Matrix<Scalar, Rows, Columns>& matrix) {
  archive(matrix.rows(), matrix.cols());
  archive(
      cereal::binary_data(matrix.data(), static_cast<std::size_t>(matrix.size()) * sizeof(Scalar)));
}

template <class Archive, class Scalar, int Rows, int Columns>
void load(Archive& archive, Matrix<Scalar, Rows, Columns>& matrix) {
  Index rows = 0;
  Index columns = 0;
  archive(rows, columns);
  matrix.resize(rows, columns);
  archive(
      cereal::binary_data(matrix.data(), static_cast<std::size_t>(matrix.size()) * sizeof(Scalar)));
}

}  // namespace Eigen

namespace flatgrid {

template <class Archive>
void serialize(Archive& archive, Network<double>& network) {
  auto& [inner, outer] = network;
  archive(inner, outer);
}

template <class Archive>
void serialize(Archive& archive, AlgorithmState& state) {
  auto& [network, velocity, curvature_direction, learning_rate, step, loss, epoch_loss, best,
         best_objective, window_loss, momentum_age, finished, diverged] = state;
  archive(network, velocity, curvature_direction, learning_rate, step, loss, epoch_loss, best,
          best_objective, window_loss, momentum_age, finished, diverged);
}

template <class Archive>
void serialize(Archive& archive, PolishState& state) {
  auto& [network, factors, residual, relative_residual, damping, iterations, slow, recruited,
         interpolates, stalled] = state;
  archive(network, factors, residual, relative_residual, damping, iterations, slow, recruited,
          interpolates, stalled);
}

template <class Archive>
void serialize(Archive& archive, PointState& state) {
  auto& [algorithm, polish, history, fraction, seconds] = state;
  archive(algorithm, polish, history, fraction, seconds);
}

template <class Archive>
void serialize(Archive& archive, Record& record) {
  static_assert(std::is_trivially_copyable_v<Record>);
  archive(cereal::binary_data(&record, sizeof record));
}

template <class Archive>
void serialize(Archive& archive, PointResult& result) {
  auto& [record, network, history, message] = result;
  archive(record, network, history, message);
}

namespace {

template <class Value>
std::string bytes_of(const Value& value) {
  std::ostringstream stream;
  cereal::BinaryOutputArchive archive(stream);
  archive(value);
  return stream.str();
}

template <class Value>
Value value_of(std::string_view bytes) {
  std::istringstream stream{std::string(bytes)};
  Value value;
  try {
    cereal::BinaryInputArchive archive(stream);
    archive(value);
  } catch (const cereal::Exception& exception) {
    throw Error(exception.what());
  }
  return value;
}

}  // namespace

std::string to_bytes(const PointState& state) { return bytes_of(state); }
std::string to_bytes(const PointResult& result) { return bytes_of(result); }

PointState point_state(std::string_view bytes) { return value_of<PointState>(bytes); }
PointResult point_result(std::string_view bytes) { return value_of<PointResult>(bytes); }

}  // namespace flatgrid
