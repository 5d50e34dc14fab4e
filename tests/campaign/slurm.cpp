// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/slurm.hpp"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;

TEST_CASE("the time left is read as squeue prints it") {
  CHECK(parse_slurm_time_left("1-02:03:04") == 86400 + 2 * 3600 + 3 * 60 + 4);
  CHECK(parse_slurm_time_left("02:03:04") == 2 * 3600 + 3 * 60 + 4);
  CHECK(parse_slurm_time_left("3:04") == 3 * 60 + 4);
  CHECK(parse_slurm_time_left("0:00") == 0);
  CHECK(std::isinf(parse_slurm_time_left("UNLIMITED")));
  for (const char* text : {"", "INVALID", "NOT_SET", "1-", "-1:00", "12", "1:2:3"}) {
    CHECK_THROWS_AS(parse_slurm_time_left(text), Error);
  }
}

TEST_CASE("the end of the job is read from the environment") {
  unsetenv("SLURM_JOB_ID");
  unsetenv("SLURM_JOB_END_TIME");
  CHECK_THROWS_WITH(seconds_left_in_slurm_job(), Catch::Contains("not a job of Slurm's"));
  setenv("SLURM_JOB_ID", "17", 1);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto end = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 1000;
  setenv("SLURM_JOB_END_TIME", std::to_string(end).c_str(), 1);
  CHECK(seconds_left_in_slurm_job() == Approx(1000).margin(5));
  unsetenv("SLURM_JOB_END_TIME");
  setenv("SLURM_JOB_ID", "17; rm", 1);
  CHECK_THROWS_WITH(seconds_left_in_slurm_job(), Catch::Contains("'17; rm' is no number"));
  unsetenv("SLURM_JOB_ID");
}
