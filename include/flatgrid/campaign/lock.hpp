// SPDX-License-Identifier: MIT
/// One campaign a results file: the file RESULTS.running, which keeps a second one away and tells
/// everybody how the first is doing.
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

/// What RESULTS.running says of the campaign that writes RESULTS.
struct RunningCampaign {
  std::string host;  ///< of rank 0
  int pid = 0;       ///< of rank 0
  std::string job;   ///< of Slurm; empty outside
  int ranks = 0;
  std::string started;                 ///< UTC, as `created` of a results file
  double seconds = 0.0;                ///< since then
  double work_fraction = 0.0;          ///< of the predicted work of this run
  std::optional<double> seconds_left;  ///< as predicted; empty while there is nothing to judge by
  std::int64_t to_compute = 0;         ///< points, when it began
  std::int64_t finished = 0;           ///< of these
  std::int64_t failed = 0;             ///< of these
  std::vector<PointInWork> under_way;  ///< those that take the longest
};

/// What the file beside `results` says, also of a campaign that has died meanwhile. Empty if there
/// is none, or none that can be read; `say` is then handed a line for the user.
std::optional<RunningCampaign> read_running(
    const std::filesystem::path& results, const std::function<void(const std::string&)>& say = {});

/// Tells, once or again and again, whether the campaign beside a results file lives. On its own host its
/// process says so. On another one the file does, which a living campaign writes every five seconds with
/// the next number of its `signs_of_life`: that it changes, not when, since the clocks of hosts and
/// file servers differ.
class CampaignWatch {
 public:
  /// `say` is handed a line for the user before it waits.
  CampaignWatch(const std::filesystem::path& results, std::function<void(const std::string&)> say);

  /// Of a campaign on another host the first call waits until the file changes or is gone, for 15 seconds at
  /// the most; the next ones do not wait, and say no 15 seconds after its last change. Not alive
  /// either: a campaign whose file is gone.
  [[nodiscard]] bool is_alive(const RunningCampaign& campaign);

 private:
  std::filesystem::path file_;
  std::function<void(const std::string&)> say_;
  std::optional<std::string> text_;  // of the file, when it was last looked at
  double changed_ = 0.0;             // when it was last seen to change
};

/// Held by rank 0 of a campaign. The lock is the kernel's (flock), so that it goes with its
/// process, however that dies. File systems that do not carry locks from node to node are common:
/// there what the file says counts, which changes every few seconds while its campaign lives.
class CampaignLock {
 public:
  /// Throws Error naming host and process of the campaign that has the lock, or why there can be
  /// none. If the file is of another host, and no lock holds it, watches it as `CampaignWatch`
  /// does; `say` is handed a line for the user before.
  CampaignLock(const std::filesystem::path& results, int ranks,
               const std::function<void(const std::string&)>& say);
  /// Removes the file.
  ~CampaignLock();
  CampaignLock(const CampaignLock&) = delete;
  CampaignLock& operator=(const CampaignLock&) = delete;

  /// Removes the file, from any thread: of a process that ends here.
  void abandon();

  /// What the file says from its next sign of life on. `seconds` and all that stands before it are the
  /// lock's own.
  void report(const RunningCampaign& campaign);
  /// Why this campaign no longer owns the results file, if so: someone removed or took over its
  /// RESULTS.running.
  [[nodiscard]] std::optional<std::string> lost() const;

 private:
  void write_sign_of_life();  // under the mutex
  [[nodiscard]] bool is_owner() const;

  std::filesystem::path file_;
  std::string token_;  // tells this campaign's file from any other's
  int descriptor_ = -1;
  FileIdentity identity_;     // of RESULTS.running
  mutable std::mutex mutex_;  // of all that follows
  RunningCampaign campaign_;
  double begin_;
  std::int64_t signs_written_ = 0;
  bool lost_ = false;
  std::jthread writer_;
};

}  // namespace flatgrid::campaign
