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

/// The first fault that this rank meets. It stops all ranks. References outlive it.
class Fault {
 public:
  /// The results file must exist.
  Fault(const std::filesystem::path& file, Stop& stop);

  /// An error that this rank has met; but if the results file is gone, that is its reason.
  void report(const std::string& error);
  /// A fault if the results file is gone.
  void check_file();
  /// For the user, with what is to be done; empty while there is no fault.
  [[nodiscard]] const std::optional<std::string>& message() const { return message_; }

 private:
  void stop_for(const std::string& message);

  const std::filesystem::path& file_;
  FileIdentity identity_;
  Stop& stop_;
  std::optional<std::string> message_;
};

/// What a rank holds of a running campaign. Construction and destruction are collective. What it is
/// made from outlives it.
struct Rank {
  /// Opens the file on all ranks; no rank is past this before all are. Throws AgreedError if the
  /// file cannot be opened.
  Rank(const Campaign& asked_for, Start& start);

  const Campaign& campaign;
  CampaignLock* lock;  // held by rank 0; null on the others
  Fault fault;
  std::optional<Watchdog> watchdog;
  Checkpoints checkpoints;
  std::unique_ptr<Recorder> recorder;
  CampaignCounters counters;
  Exchange exchange;
  std::optional<Overview> overview;  // on rank 0
};

/// What a rank does between two chunks of its work, every few milliseconds: lets MPI progress, writes
/// what others have finished, notices signals, the deadline and faults, and now and then tells the
/// others how far it is and learns how far they are. False when it is to stop.
bool look_around(Rank& rank);

/// The same while this rank waits for another, followed by a tenth of a millisecond of sleep.
void look_around_and_pause(Rank& rank);

/// From the end of this rank's work to the end of all ranks' work. Collective.
void meet(Rank& rank);

}  // namespace flatgrid::campaign
