// SPDX-License-Identifier: MIT
/// The checksum of everything flatgrid stores: CRC-64/XZ, the polynomial of ECMA-182, bits
/// reflected, initial value and final mask all ones; that of "123456789" is 995dc9bbdf1939fa. It
/// detects every change of up to 64 consecutive bits, and any other change with probability 1 - 2^-64.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/crc.hpp>

namespace flatgrid {

static_assert(std::endian::native == std::endian::little,
              "the checksum of a number is defined over its little-endian bytes");

/// The CRC-64/XZ of a sequence of bytes, added in pieces.
class Crc64 {
 public:
  void add(const void* bytes, std::size_t size) { crc_.process_bytes(bytes, size); }
  /// The checksum of all bytes added so far.
  [[nodiscard]] std::uint64_t value() const { return crc_.checksum(); }

 private:
  boost::crc_optimal<64, 0x42F0E1EBA9EA3693, ~std::uint64_t{0}, ~std::uint64_t{0}, true, true> crc_;
};

inline std::uint64_t crc64(std::string_view bytes) {
  Crc64 crc;
  crc.add(bytes.data(), bytes.size());
  return crc.value();
}

}  // namespace flatgrid
