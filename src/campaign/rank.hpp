// SPDX-License-Identifier: MIT
/// One rank of a running campaign.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "flatgrid/base/file_identity.hpp"
#include "flatgrid/campaign/checkpoints.hpp"
#include "flatgrid/campaign/counters.hpp"
#include "flatgrid/campaign/exchange.hpp"
#include "flatgrid/campaign/overview.hpp"
#include "flatgrid/campaign/recorder.hpp"
#include "flatgrid/campaign/watchdog.hpp"
#include "start.hpp"

namespace flatgrid::campaign {

/// The first fault of this rank, which stops all ranks. References must outlive it.
class Fault {
 public:
  /// The results file must exist.
  Fault(const std::filesystem::path& file, Stop& stop);

  /// Reports an error of this rank. If the results file is gone, reports this instead of the error.
  void report(const std::string& error);
  /// Reports a fault if the results file is gone.
  void check_file();
  /// The message for the user: the fault and what to do about it. Empty if there is no fault.
  [[nodiscard]] const std::optional<std::string>& message() const { return message_; }

 private:
  void stop_for(const std::string& message);

  const std::filesystem::path& file_;
  FileIdentity identity_;
  Stop& stop_;
  std::optional<std::string> message_;
};

/// The objects of one rank of a running campaign. Construction and destruction are collective. The
/// constructor's arguments must outlive it.
struct Rank {
  /// Opens the file on all ranks; returns on no rank before all have opened it. Throws AgreedError if the
  /// file cannot be opened.
  Rank(const Campaign& arguments, Start& start);

  const Campaign& campaign;
  CampaignLock* lock;  // null except on rank 0
  Fault fault;
  std::optional<Watchdog> watchdog;  // until no rank computes any more
  Checkpoints checkpoints;
  std::unique_ptr<Recorder> recorder;
  CampaignCounters counters;
  Exchange exchange;
  std::optional<Overview> overview;  // on rank 0
};

/// Called every few milliseconds between two chunks of work: lets MPI progress, writes points that have waited
/// long enough or that other ranks have sent, checks signals, the deadline and faults, and exchanges progress
/// and stop requests with the other ranks if due. Returns false if this rank must stop.
bool look_around(Rank& rank);

/// Calls look_around and sleeps for 0.1 ms, for a rank that waits for others.
void look_around_and_pause(Rank& rank);

/// Waits until all ranks have finished their work, and serves them meanwhile. Collective.
void meet(Rank& rank);

}  // namespace flatgrid::campaign
