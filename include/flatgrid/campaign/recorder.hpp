// SPDX-License-Identifier: MIT
/// How finished points get into the results file: each rank writes its own, or rank 0 those of all.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flatgrid/campaign/checkpoints.hpp"
#include "flatgrid/campaign/watchdog.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/point_state.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "flatgrid/results/writer.hpp"

namespace flatgrid::campaign {

/// Construction and destruction are collective, everything else is not.
///
/// What takes a rank no time to speak of is written together with its neighbours: a row takes longer
/// than a point of a few samples. Such a point waits for less than it takes to lose what a kill of
/// this rank loses anyway, of the point it is at.
class Recorder {
 public:
  Recorder(const configuration::Axes& axes, Watchdog& watchdog, Checkpoints& checkpoints)
      : axes_(axes), watchdog_(watchdog), checkpoints_(checkpoints) {}
  virtual ~Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Statuses of `count` consecutive seeds, from `first` on, as they were when the campaign began
  /// or are now.
  [[nodiscard]] virtual std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                           std::int64_t count) const = 0;
  /// Takes a finished point, which is then recorded and its checkpoint forgotten: at once, or soon by
  /// `serve`. Waits for nobody. Throws Error naming file and reason if it cannot be written.
  void add(const configuration::GridPoint& point, grid::PointResult result);
  /// What waits for its neighbours waits no longer. Throws as `add` does.
  void close();
  /// Whether something is to be written and cannot, until rank 0 has taken what was sent before. No
  /// point is added as long as this is so: a rank is one message ahead at most.
  [[nodiscard]] bool is_behind() const { return !due_.empty(); }
  /// Whether what this rank has written is with the rank that writes it into the file.
  virtual bool is_taken() { return true; }

  /// Writes what has waited long enough, and what other ranks have finished; called often. Waits for
  /// nobody. Whatever fails is kept for `error`.
  void serve();
  /// What has failed in `serve`.
  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }

 protected:
  /// Writes points into the file and forgets their checkpoints.
  void write_into(results::ResultsWriter& writer, const grid::NeighbouringResults& points);

 private:
  /// Only once what was written before `is_taken`.
  virtual void write(const grid::NeighbouringResults& points) = 0;
  /// Writes what other ranks have sent. `error()` has what failed before.
  virtual void receive() {}

  void write_due();
  [[nodiscard]] bool have_waited_enough() const;

  const configuration::Axes& axes_;
  Watchdog& watchdog_;
  Checkpoints& checkpoints_;
  grid::NeighbouringResults waiting_;  // for neighbours
  Index numbers_waiting_ = 0;
  double waiting_since_ = 0;                   // of the first
  std::deque<grid::NeighbouringResults> due_;  // to be written now
  std::optional<std::string> error_;
};

/// The recorder that `output.writer` asks for. `watchdog` waits for a row being written.
std::unique_ptr<Recorder> make_recorder(const configuration::Configuration& configuration,
                                        const std::filesystem::path& file,
                                        const parallel::Communicator& communicator,
                                        Watchdog& watchdog, Checkpoints& checkpoints);

}  // namespace flatgrid::campaign
