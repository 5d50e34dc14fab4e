// SPDX-License-Identifier: MIT
#include "flatgrid/base/duration.hpp"

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"

using namespace flatgrid;

TEST_CASE("durations are read as batch systems write them") {
  CHECK(parse_duration("00:00:00") == 0.0);
  CHECK(parse_duration("01:02:03") == 3723.0);
  CHECK(parse_duration("120:00:00") == 432000.0);
  for (const char* text : {"", "1:2:3", "00:60:00", "00:00:60", "-1:00:00", "00:00:01 ",
                           "1e1:00:00", "00:00:00:00", "9999999:00:00"}) {
    CHECK_THROWS_AS(parse_duration(text), Error);
  }
}

TEST_CASE("durations are read in every form of sbatch --time") {
  // The formats in the manual page of sbatch: "minutes", "minutes:seconds", "hours:minutes:seconds",
  // "days-hours", "days-hours:minutes", "days-hours:minutes:seconds".
  CHECK(parse_duration("30") == 30 * 60);
  CHECK(parse_duration("60") == 60 * 60);
  CHECK(parse_duration("30:15") == 30 * 60 + 15);
  CHECK(parse_duration("90:00") == 90 * 60);
  CHECK(parse_duration("1-00") == 86400);
  CHECK(parse_duration("2-03") == 2 * 86400 + 3 * 3600);
  CHECK(parse_duration("2-3:04") == 2 * 86400 + 3 * 3600 + 4 * 60);
  CHECK(parse_duration("1-02:03:04") == 86400 + 2 * 3600 + 3 * 60 + 4);
  for (const char* text : {"1-", "-1", "1-24", "1-00:60", "1-00:00:60", "1-1-1", "1-00:00:00:00",
                           "30:5", "9999999", "1.5", " 30", "UNLIMITED"}) {
    CHECK_THROWS_AS(parse_duration(text), Error);
  }
}

TEST_CASE("durations are read with their unit") {
  CHECK(parse_duration("45s") == 45);
  CHECK(parse_duration("90m") == 90 * 60);
  CHECK(parse_duration("1h") == 3600);
  CHECK(parse_duration("2d") == 2 * 86400);
  for (const char* text : {"s", "h1", "1h30", "1h30m", "1.5h", "-1h", "1 h", "1w", "1H"}) {
    CHECK_THROWS_AS(parse_duration(text), Error);
  }
}

TEST_CASE("a duration that is written can be read back") {
  CHECK(duration_text(0.4) == "00:00:00");
  CHECK(duration_text(59.6) == "00:01:00");
  CHECK(duration_text(3723.0) == "01:02:03");
  CHECK(duration_text(432000.0) == "120:00:00");
  CHECK(duration_text(-5.0) == "00:00:00");
  CHECK(parse_duration(duration_text(3723.0)) == 3723.0);
}
