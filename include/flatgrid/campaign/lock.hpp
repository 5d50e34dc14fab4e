// SPDX-License-Identifier: MIT
/// The file RESULTS.running: guarantees that only one campaign writes RESULTS, and shows its progress to
/// other processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "flatgrid/base/file_identity.hpp"
#include "flatgrid/campaign/forecast.hpp"

namespace flatgrid::campaign {

/// The content of RESULTS.running: the campaign that writes RESULTS.
struct RunningCampaign {
  std::string host;  ///< host of rank 0
  int pid = 0;       ///< process of rank 0
  std::string job;   ///< Slurm job; empty outside Slurm
  int ranks = 0;
  std::string started;                 ///< UTC, in the form of `created` of a results file
  double seconds = 0.0;                ///< since the start
  double work_fraction = 0.0;          ///< finished share of the predicted work of this run
  std::optional<double> seconds_left;  ///< predicted; empty if there is no prediction
  std::int64_t to_compute = 0;         ///< points to compute at the start
  std::int64_t finished = 0;           ///< finished points of these
  std::int64_t failed = 0;             ///< failed points of these
  std::vector<PointInWork> under_way;  ///< the points that have been computed for the longest time
};

/// Reads RESULTS.running, which may belong to a campaign that has died. Empty if the file does not exist or
/// cannot be read; if it cannot be read, calls `say` with one line for the user.
std::optional<RunningCampaign> read_running(
    const std::filesystem::path& results, const std::function<void(const std::string&)>& say = {});

/// Checks, once or repeatedly, whether the campaign of a RESULTS.running is alive. On the campaign's own
/// host it checks the process. On another host it checks whether the file changes: a living campaign writes
/// it every five seconds and increments `signs_of_life`. Times of the file are not used, because the clocks
/// of hosts and file servers differ.
class CampaignWatch {
 public:
  /// Calls `say` with one line for the user before it waits.
  CampaignWatch(const std::filesystem::path& results, std::function<void(const std::string&)> say);

  /// Whether the campaign is alive; false if its file is gone. For a campaign on another host the first call
  /// waits until the file changes or is gone, at most 15 seconds; later calls do not wait and return false if
  /// the file has not changed for 15 seconds.
  [[nodiscard]] bool is_alive(const RunningCampaign& campaign);

 private:
  std::filesystem::path file_;
  std::function<void(const std::string&)> say_;
  std::optional<std::string> text_;  // content of the file at the last check
  double changed_ = 0.0;             // time of the last observed change
};

/// Guarantees a single writer. Rank 0 of a campaign holds it. It is a lock of the kernel (flock), which
/// releases it when the process ends in any way. Many file systems do not share locks between nodes; there
/// the content of the file decides, which changes every few seconds while its campaign is alive.
class CampaignLock {
 public:
  /// Throws Error naming host and process of the campaign that has the lock, or why no lock is possible. If
  /// the file is from another host and not locked, checks it as `CampaignWatch` does, after calling `say`
  /// with one line for the user.
  CampaignLock(const std::filesystem::path& results, int ranks,
               const std::function<void(const std::string&)>& say);
  /// Removes the file.
  ~CampaignLock();
  CampaignLock(const CampaignLock&) = delete;
  CampaignLock& operator=(const CampaignLock&) = delete;

  /// Removes the file, from any thread, when the process is about to end.
  void abandon();

  /// Sets the content of the file, which is written with the next sign of life. Ignores `seconds` and the
  /// members before it, which the lock sets itself.
  void report(const RunningCampaign& campaign);
  /// Why this campaign no longer owns the results file, because RESULTS.running was removed or replaced;
  /// empty if it still owns it.
  [[nodiscard]] std::optional<std::string> lost() const;

 private:
  void write_sign_of_life();  // under the mutex
  [[nodiscard]] bool is_owner() const;

  std::filesystem::path file_;
  std::string token_;  // identifies this campaign in the file
  int descriptor_ = -1;
  FileIdentity identity_;     // of RESULTS.running
  mutable std::mutex mutex_;  // protects all following members
  RunningCampaign campaign_;
  double begin_;
  std::int64_t signs_written_ = 0;
  bool lost_ = false;
  std::jthread writer_;
};

}  // namespace flatgrid::campaign
