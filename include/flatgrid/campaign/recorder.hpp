// SPDX-License-Identifier: MIT
/// How finished points get into the results file: each rank writes its own, or rank 0 those of all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flatgrid/campaign/checkpoints.hpp"
#include "flatgrid/campaign/watchdog.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid {

/// Construction and destruction are collective, everything else is not.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// Statuses of `count` consecutive seeds, from `first` on, as they were when the campaign began
  /// or are now.
  [[nodiscard]] virtual std::vector<Status> statuses(const GridPoint& first,
                                                     std::int64_t count) const = 0;
  /// Records a finished point and forgets its checkpoint. Calls `meanwhile` again and again while
  /// it waits for another rank. Throws Error naming file and reason if the point cannot be written.
  virtual void record(const GridPoint& point, const PointResult& result,
                      const std::function<void()>& meanwhile) = 0;

  /// Writes what other ranks have finished; called often. Whatever fails is kept for `error`.
  virtual void serve() {}
  /// Waits until what this rank has recorded is with the rank that writes it.
  virtual void flush(const std::function<void()>& /*meanwhile*/) {}
  /// What has failed in `serve`.
  [[nodiscard]] virtual std::optional<std::string> error() const { return std::nullopt; }
};

/// The recorder that `output.writer` asks for. `watchdog` waits for a row being written.
std::unique_ptr<Recorder> make_recorder(const Configuration& configuration,
                                        const std::filesystem::path& file,
                                        const Communicator& communicator, Watchdog& watchdog,
                                        Checkpoints& checkpoints);

}  // namespace flatgrid
