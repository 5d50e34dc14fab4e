// SPDX-License-Identifier: MIT
#include "flatgrid/base/checksum.hpp"

#include <catch2/catch.hpp>

namespace flatgrid {

TEST_CASE("the checksum is CRC-64/XZ", "[base]") {
  // The check value of the catalogue of parametrised CRC algorithms (and of `xz --check=crc64`).
  CHECK(crc64("123456789") == 0x995dc9bbdf1939fa);
  Crc64 in_pieces;
  in_pieces.add("12345", 5);
  in_pieces.add("", 0);
  in_pieces.add("6789", 4);
  CHECK(in_pieces.value() == crc64("123456789"));
}

}  // namespace flatgrid
