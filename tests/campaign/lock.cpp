// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/lock.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/base/checksum.hpp"
#include "flatgrid/base/clock.hpp"
#include "flatgrid/base/error.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;
using Catch::Contains;
using test::Folder;

namespace {

const auto k_silent = [](const std::string&) {};

/// Writes the lock file of a campaign on another host.
void write_running_elsewhere(const std::filesystem::path& file, int signs_of_life) {
  const std::string text = fmt::format(
      "campaign = abc\nhost = another-host\npid = 1\nsigns_of_life = {}\n", signs_of_life);
  std::ofstream(file) << text << fmt::format("checksum = {:016x}\n", crc64(text));
}

}  // namespace

TEST_CASE("a second campaign on the same file is refused, with the process that has it") {
  const Folder folder;
  const auto results = folder / "results.h5";
  {
    const CampaignLock first(results, 7, k_silent);
    CHECK_THROWS_WITH(CampaignLock(results, 1, k_silent),
                      Contains("results.h5.running: another campaign is writing this file: "
                               "process " +
                               std::to_string(getpid()) + " on "));
    CHECK_FALSE(first.lost());
    const CampaignLock other(folder / "other.h5", 1, k_silent);
  }
  CHECK(std::filesystem::is_empty(folder.path));
  const CampaignLock next(results, 1, k_silent);
}

TEST_CASE("an abandoned lock removes its own file and not that of another campaign") {
  const Folder folder;
  const auto results = folder / "results.h5";
  CampaignLock lock(results, 1, k_silent);
  std::thread([&] { lock.abandon(); }).join();
  CHECK(std::filesystem::is_empty(folder.path));
  const CampaignLock next(results, 1, k_silent);
  lock.abandon();
  CHECK(read_running(results));
}

TEST_CASE("the lock of a killed process can be acquired by another") {
  const Folder folder;
  const auto results = folder / "results.h5";
  const pid_t child = fork();
  if (child == 0) {
    const CampaignLock lock(results, 1, k_silent);
    pause();
    _exit(0);
  }
  while (!read_running(results)) usleep(1000);
  CampaignWatch watch(results, k_silent);
  CHECK(watch.is_alive(*read_running(results)));
  CHECK_THROWS_AS(CampaignLock(results, 1, k_silent), Error);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE(read_running(results));
  CHECK(read_running(results)->pid == child);
  CHECK_FALSE(watch.is_alive(*read_running(results)));
  const CampaignLock next(results, 1, k_silent);
  CHECK(read_running(results)->pid == getpid());
}

TEST_CASE("a reported state can be read from the file") {
  const Folder folder;
  const auto results = folder / "results.h5";
  CHECK_FALSE(read_running(results));
  RunningCampaign campaign;
  campaign.work_fraction = 0.375;
  campaign.seconds_left = 12.25;
  campaign.to_compute = 80;
  campaign.finished = 31;
  campaign.failed = 2;
  campaign.under_way = {{.flat = 12, .seconds = 99.5}, {.flat = 3, .seconds = 0.25}};
  CampaignLock lock(results, 7, k_silent);
  lock.report(campaign);
  // The state is written with the next sign of life.
  while (read_running(results)->finished == 0) usleep(50'000);
  const RunningCampaign read = *read_running(results);
  CHECK(read.pid == getpid());
  CHECK(read.ranks == 7);
  CHECK(read.work_fraction == 0.375);
  CHECK(read.seconds_left == 12.25);
  CHECK(read.to_compute == 80);
  CHECK(read.finished == 31);
  CHECK(read.failed == 2);
  REQUIRE(read.under_way.size() == 2);
  CHECK(read.under_way[0].flat == 12);
  CHECK(read.under_way[0].seconds == 99.5);
}

TEST_CASE("a campaign detects that its lock file was removed") {
  const Folder folder;
  const auto results = folder / "results.h5";
  const CampaignLock lock(results, 1, k_silent);
  std::filesystem::remove(folder / "results.h5.running");
  while (!lock.lost()) usleep(50'000);
  CHECK_THAT(*lock.lost(), Contains("results.h5.running: was removed or replaced"));
}

TEST_CASE("a damaged lock file does not block a campaign") {
  const Folder folder;
  const auto results = folder / "results.h5";
  const auto running = folder / "results.h5.running";
  {
    const CampaignLock lock(results, 1, k_silent);
    std::filesystem::copy_file(running, folder / "copy");
  }
  std::filesystem::rename(folder / "copy", running);
  REQUIRE(read_running(results));
  std::fstream(running, std::ios::in | std::ios::out).seekp(5).put('#');
  std::string said;
  const auto say = [&](const std::string& line) { said = line; };
  CHECK_FALSE(read_running(results, say));
  CHECK_THAT(said, Contains("results.h5.running: is empty or damaged, and is ignored"));
  said.clear();
  CHECK_NOTHROW(CampaignLock(results, 1, say));
  CHECK_THAT(said, Contains("is empty or damaged, and is ignored"));

  // Opening a named pipe could wait for the other end.
  std::filesystem::remove(running);
  REQUIRE(mkfifo(running.c_str(), 0600) == 0);
  CHECK_FALSE(read_running(results));
}

TEST_CASE("a campaign on another host blocks the file only while its signs of life change",
          "[slow]") {
  const Folder folder;
  const auto results = folder / "results.h5";
  const auto write = [&](int signs_of_life) {
    write_running_elsewhere(folder / "results.h5.running", signs_of_life);
  };
  write(1);
  std::string said;
  const double begin = monotonic_seconds();
  {
    // The other campaign has died: its signs of life do not change.
    const CampaignLock lock(results, 1, [&](const std::string& line) { said = line; });
    CHECK(monotonic_seconds() - begin > 10);
    CHECK_THAT(said, Contains("belongs to a campaign on another-host"));
  }
  // The other campaign is running: its signs of life change.
  write(1);
  std::jthread campaign([&](const std::stop_token& ended) {
    for (int signs = 2; !ended.stop_requested(); ++signs) {
      usleep(500'000);
      write(signs);
    }
  });
  CHECK_THROWS_WITH(CampaignLock(results, 1, k_silent), Contains("process 1 on another-host"));
}

TEST_CASE("a live campaign on another host is recognized for any modification time of its file") {
  const Folder folder;
  const auto results = folder / "results.h5";
  const auto running = folder / "results.h5.running";
  write_running_elsewhere(running, 1);
  std::jthread campaign([&](const std::stop_token& ended) {
    for (int signs = 2; !ended.stop_requested(); ++signs) {
      usleep(300'000);
      write_running_elsewhere(running, signs);
      std::filesystem::last_write_time(
          running, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    }
  });
  std::string said;
  CampaignWatch watch(results, [&](const std::string& line) { said = line; });
  CHECK(watch.is_alive(*read_running(results)));
  CHECK_THAT(said, Contains("results.h5.running: belongs to a campaign on another-host"));
  // From now on the watch does not wait, and a campaign whose file has been removed is not alive.
  said.clear();
  const RunningCampaign last = *read_running(results);
  CHECK(watch.is_alive(last));
  CHECK(said.empty());
  campaign.request_stop();
  campaign.join();
  CHECK(watch.is_alive(last));
  std::filesystem::remove(running);
  CHECK_FALSE(watch.is_alive(last));
}

TEST_CASE("a dead campaign on another host is recognized for any modification time of its file",
          "[slow]") {
  const Folder folder;
  const auto results = folder / "results.h5";
  const auto running = folder / "results.h5.running";
  write_running_elsewhere(running, 1);
  std::filesystem::last_write_time(
      running, std::filesystem::file_time_type::clock::now() + std::chrono::hours(2));
  CampaignWatch watch(results, k_silent);
  CHECK_FALSE(watch.is_alive(*read_running(results)));
  CHECK_FALSE(watch.is_alive(*read_running(results)));
}

TEST_CASE("the error for a lock that cannot be created gives the reason") {
  CHECK_THROWS_WITH(CampaignLock("/proc/results.h5", 1, k_silent),
                    Contains("/proc/results.h5.running: cannot create: "));
}
