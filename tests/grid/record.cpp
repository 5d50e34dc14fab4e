// SPDX-License-Identifier: MIT
#include "flatgrid/grid/record.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace flatgrid;

namespace {

/// CRC-64/XZ bit by bit: the reflected polynomial of ECMA-182, all ones before and after.
std::uint64_t plain_crc64(const std::string& bytes) {
  std::uint64_t remainder = ~std::uint64_t{0};
  for (const char byte : bytes) {
    remainder ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xC96C5795D7870F42 : 0);
    }
  }
  return ~remainder;
}

template <class Value>
void append_bytes(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

PointResult some_result() {
  PointResult result;
  result.record.status = Status::done;
  double figure = 1.0 / 3;
  for (const Variable& variable : result_variables()) {
    if (variable.name != "flatness_lower_bound") result.record.*variable.value = figure;
    figure *= -1.7;
  }
  result.history = MatrixD::Random(4, 8);
  result.network.inner = MatrixD::Random(5, 3);
  result.network.outer = VectorD::Random(5);
  return result;
}

}  // namespace

TEST_CASE("the table of variables holds every figure of a record once") {
  std::set<std::string_view> names;
  Record record;
  double mark = 0;
  for (const Variable& variable : result_variables()) {
    CHECK(names.insert(variable.name).second);
    CHECK_FALSE(variable.units.empty());
    CHECK_FALSE(variable.long_name.empty());
    CHECK(
        std::isnan(record.*variable.value));  // a fresh record is empty, and no member comes twice
    record.*variable.value = mark++;
  }
  // Status, padding, and nothing but figures.
  CHECK(sizeof(Record) == (result_variables().size() + 1) * sizeof(double));
  CHECK(names.contains("train_loss"));
  CHECK(names.contains("seconds"));
}

TEST_CASE("the history holds what can be measured during training") {
  std::vector<std::string_view> names;
  for (const Variable& variable : result_variables()) {
    if (variable.in_history) names.push_back(variable.name);
  }
  CHECK(names == std::vector<std::string_view>{"train_loss", "population_loss", "flatness_trace",
                                               "flatness_residual_part", "flatness_orbit_min",
                                               "path_norm", "parameter_norm", "active_neurons",
                                               "effective_neurons", "index_alignment"});
}

TEST_CASE("every status has a name of its own") {
  std::set<std::string_view> names;
  for (int status = 0; status < k_status_count; ++status) {
    names.insert(name_of(static_cast<Status>(status)));
  }
  CHECK(names.size() == k_status_count);
}

TEST_CASE("the checksum is CRC-64/XZ over status, figures, history and network") {
  // The check value of the catalogue of parametrised CRC algorithms (R. Cook): CRC-64/XZ.
  REQUIRE(plain_crc64("123456789") == 0x995DC9BBDF1939FA);

  const PointResult result = some_result();
  std::string bytes;
  append_bytes(bytes, static_cast<std::int32_t>(result.record.status));
  for (const Variable& variable : result_variables()) {
    if (variable.deterministic) append_bytes(bytes, result.record.*variable.value);
  }
  for (Index i = 0; i < result.history.rows(); ++i) {
    for (Index j = 0; j < result.history.cols(); ++j) append_bytes(bytes, result.history(i, j));
  }
  CHECK(checksum(result, false) == plain_crc64(bytes));

  for (Index i = 0; i < result.network.width(); ++i) {
    for (Index j = 0; j < result.network.dimension(); ++j) {
      append_bytes(bytes, result.network.inner(i, j));
    }
  }
  for (const double weight : result.network.outer) append_bytes(bytes, weight);
  CHECK(checksum(result, true) == plain_crc64(bytes));
}

TEST_CASE("the checksum notices every change but that of a wall-clock time") {
  const PointResult result = some_result();
  const std::uint64_t original = checksum(result, true);
  for (const Variable& variable : result_variables()) {
    PointResult changed = result;
    double& figure = changed.record.*variable.value;
    figure = std::isnan(figure) ? 0 : std::nextafter(figure, 1e300);
    CHECK((checksum(changed, true) != original) == variable.deterministic);
  }
  PointResult changed = result;
  changed.record.status = Status::not_interpolating;
  CHECK(checksum(changed, true) != original);
  changed = result;
  changed.history(2, 3) = -changed.history(2, 3);
  CHECK(checksum(changed, true) != original);
  changed = result;
  changed.network.inner(4, 2) += 1e-15;
  CHECK(checksum(changed, true) != original);
  CHECK(checksum(changed, false) == checksum(result, false));
  changed = result;
  changed.message = "anything";
  CHECK(checksum(changed, true) == original);
}
