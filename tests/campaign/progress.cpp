// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/progress.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::campaign;

TEST_CASE("progress as a line of text has points, work, elapsed time and time left") {
  ProgressState state{
      .points = 72, .finished = 35, .work_fraction = 0.25, .elapsed = 30.0, .seconds_left = 90.0};
  CHECK(progress_text(state) ==
        "35 of 72 points, 25 % of the work, 00:00:30 gone, about 00:01:30 left");
  state.failed = 2;
  CHECK(progress_text(state) ==
        "35 of 72 points, 2 failed, 25 % of the work, 00:00:30 gone, about 00:01:30 left");
  state = {.points = 72, .finished = 0, .work_fraction = 0.0, .elapsed = 0.0};
  CHECK(progress_text(state) == "0 of 72 points, 0 % of the work, 00:00:00 gone");
  state = {.points = 72,
           .finished = 71,
           .work_fraction = 0.9999,
           .elapsed = 100.0,
           .seconds_left = 0.01};
  CHECK(progress_text(state) ==
        "71 of 72 points, 99 % of the work, 00:01:40 gone, about 00:00:00 left");
}

TEST_CASE("points and work count all runs, the time left counts this run") {
  // Earlier runs did half of the work; this run did half of the rest in 30 seconds.
  const ProgressState state{.points = 72,
                            .finished = 54,
                            .work_before = 0.5,
                            .work_fraction = 0.5,
                            .elapsed = 30.0,
                            .seconds_left = 30.0};
  CHECK(progress_text(state) ==
        "54 of 72 points, 75 % of the work, 00:00:30 gone, about 00:00:30 left");
  CHECK(progress_bar(state, 54) == "[#######...]  75 %  54/72 points, about 00:00:30 left");
}

TEST_CASE("progress as a bar has work, points and time left") {
  ProgressState state{
      .points = 72, .finished = 35, .work_fraction = 0.5, .elapsed = 30.0, .seconds_left = 30.0};
  CHECK(progress_bar(state, 54) == "[#####.....]  50 %  35/72 points, about 00:00:30 left");
  state = {.points = 72, .finished = 72, .failed = 1, .work_fraction = 1.0, .elapsed = 60.0};
  CHECK(progress_bar(state, 43) == "[##########] 100 %  72/72 points, 1 failed");
  state = {.points = 72};
  CHECK(progress_bar(state, 32) == "[..........]   0 %  0/72 points");
}

TEST_CASE("the bar fills the line except its last column, and narrow lines keep the text") {
  const ProgressState state{
      .points = 72, .finished = 35, .work_fraction = 0.5, .elapsed = 30.0, .seconds_left = 30.0};
  for (int columns = 48; columns < 300; ++columns) {
    CHECK(std::ssize(progress_bar(state, columns)) == columns - 1);
  }
  CHECK(progress_bar(state, 47) == " 50 %  35/72 points, about 00:00:30 left");
  CHECK(progress_bar(state, 20) == " 50 %  35/72 points");
  CHECK(progress_bar(state, 0).empty());
}

TEST_CASE("the time left at a steady rate is exact") {
  // 400 seconds of work, with a clock that advances by one second.
  double now = 5000.0;
  std::ostringstream log;
  Progress progress(log, {}, [&now] { return now; }, {.points = 10});
  CHECK_FALSE(seconds_left(0.0, 0.0));
  for (int second = 1; second < 400; ++second) {
    const auto left = seconds_left(second, second / 400.0);
    REQUIRE(left);
    CHECK(*left == Approx(400.0 - second));
    now += 1.0;
    progress.show(second / 40, 0, second / 400.0, left);
  }
  // The log has a line after 30, 60, ... seconds.
  CHECK_THAT(log.str(), Catch::Contains("00:00:30 gone, about 00:06:10 left\n") &&
                            Catch::Contains("00:05:00 gone, about 00:01:40 left\n"));
  // There is no prediction if almost no work is done or almost no time has passed.
  CHECK_FALSE(seconds_left(100.0, 0.0009));
  CHECK_FALSE(seconds_left(0.9, 0.5));
  CHECK_FALSE(seconds_left(100.0, std::numeric_limits<double>::quiet_NaN()));
  CHECK(seconds_left(100.0, 1.0) == 0.0);
  CHECK(seconds_left(100.0, 1.0000001) == 0.0);
}

TEST_CASE("a log gets a line at the start, at intervals, and at the end") {
  double now = 1000.0;
  std::ostringstream log;
  const auto lines = [&] { return std::ranges::count(log.str(), '\n'); };
  Progress progress(log, {}, [&now] { return now; }, {.points = 10, .finished = 4});
  CHECK(log.str() == "flatgrid: 4 of 10 points, 0 % of the work, 00:00:00 gone\n");
  for (; now < 1029.0; now += 0.25) progress.show(1, 0, 0.1, {});
  CHECK(lines() == 1);
  now = 1030.0;
  progress.show(2, 1, 0.25, {});
  CHECK(lines() == 2);
  CHECK_THAT(log.str(), Catch::Contains("6 of 10 points, 1 failed, 25 % of the work"));
  // A day with a call every ten seconds: the intervals between lines grow by a tenth, 30 s * 1.1^k.
  for (; now < 1000.0 + 86400.0; now += 10.0) progress.show(2, 1, 0.25, {});
  CHECK(lines() < 90);
  const auto before = lines();
  progress.show(6, 1, 1.0, {});
  progress.end();
  CHECK(lines() > before);
  CHECK_THAT(log.str(), Catch::Matchers::EndsWith("100 % of the work, 24:00:00 gone\n"));
}

TEST_CASE("a terminal gets one line that is redrawn") {
  double now = 0.0;
  std::ostringstream log;
  Progress progress(
      log, [] { return 80; }, [&now] { return now; }, {.points = 10});
  for (; now < 10.0; now += 0.25) progress.show(1, 0, 0.1, {});
  CHECK(std::ranges::count(log.str(), '\n') == 0);
  CHECK(std::ranges::count(log.str(), '\r') > 30);
  progress.end();
  CHECK(std::ranges::count(log.str(), '\n') == 1);
  CHECK(log.str().ends_with("\n"));
}
