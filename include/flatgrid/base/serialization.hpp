// SPDX-License-Identifier: MIT
/// Converts states to bytes that the same build can read. A struct that is saved has a function
/// `serialize` beside it. A structured binding names every member, so that a forgotten new member is a
/// compile error:
///
///     template <class Archive>
///     void serialize(Archive& archive, State& state) {
///       auto& [network, step] = state;
///       archive(network, step);
///     }
#pragma once

#include <sstream>
#include <string>
#include <string_view>

#include <cereal/archives/binary.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/linear_algebra.hpp"

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

template <class State>
std::string bytes_of(const State& state) {
  std::ostringstream stream;
  cereal::BinaryOutputArchive archive(stream);
  archive(state);
  return stream.str();
}

/// The inverse of `bytes_of`. Throws Error if the bytes end too early or were not made by `bytes_of`.
template <class State>
State from_bytes(std::string_view bytes) {
  std::istringstream stream{std::string(bytes)};
  State state;
  try {
    cereal::BinaryInputArchive archive(stream);
    archive(state);
  } catch (const cereal::Exception& exception) {
    throw Error(exception.what());
  }
  return state;
}

}  // namespace flatgrid
