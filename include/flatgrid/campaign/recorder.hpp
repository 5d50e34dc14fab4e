// SPDX-License-Identifier: MIT
/// Writes finished points into the results file: each rank writes its own, or rank 0 writes all.
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

/// Construction and destruction are collective, the other members are not.
///
/// Points that take less than 1 ms are written together with their neighbours (points of consecutive seeds that
/// are otherwise equal), because writing a row takes longer than computing a point of a few samples. A point
/// waits for its neighbours for about 10 ms at most, so a kill loses little finished work.
class Recorder {
 public:
  Recorder(const configuration::Axes& axes, Watchdog& watchdog, Checkpoints& checkpoints)
      : axes_(axes), watchdog_(watchdog), checkpoints_(checkpoints) {}
  virtual ~Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// The statuses of `count` consecutive seeds, starting at `first`, as they were at the start of the campaign
  /// or are now.
  [[nodiscard]] virtual std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                           std::int64_t count) const = 0;
  /// Takes a finished point. Writes it (or sends it to rank 0, which writes it), now or soon in `serve`; its
  /// checkpoint is removed when it is written. Does not wait.
  /// Throws Error naming the file and the reason if it cannot be written.
  void add(const configuration::GridPoint& point, grid::PointResult result);
  /// Ends the waiting for neighbours: writes the waiting points now, or in `serve` if `is_behind`. Throws as
  /// `add` does.
  void close();
  /// Whether points wait until rank 0 has taken the previous message. No point may be added while this is
  /// true: a rank is at most one message ahead.
  [[nodiscard]] bool is_behind() const { return !due_.empty(); }
  /// Whether the rank that writes into the file has received everything that this rank has sent.
  virtual bool is_taken() { return true; }

  /// Writes points that have waited long enough and points that other ranks have sent. Call it often. Does
  /// not wait. Stores an error for `error`.
  void serve();
  /// The error of `serve`, if any.
  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }

 protected:
  /// Writes points into the file and removes their checkpoints.
  void write_into(results::ResultsWriter& writer, const grid::NeighbouringResults& points);

 private:
  /// May be called only if `is_taken` is true.
  virtual void write(const grid::NeighbouringResults& points) = 0;
  /// Writes points that other ranks have sent; after an `error` only receives them.
  virtual void receive() {}

  /// Writes points of `due_` while `is_taken` is true.
  void write_due();
  [[nodiscard]] bool have_waited_enough() const;

  const configuration::Axes& axes_;
  Watchdog& watchdog_;
  Checkpoints& checkpoints_;
  grid::NeighbouringResults waiting_;  // points that wait for neighbours
  Index numbers_waiting_ = 0;          // how many numbers (network, history, multipliers) they have
  double waiting_since_ = 0;           // when the first of them was added
  std::deque<grid::NeighbouringResults> due_;  // points to write now
  std::optional<std::string> error_;
};

/// The recorder for `output.writer`. While rows are written, `watchdog` does not end the process.
std::unique_ptr<Recorder> make_recorder(const configuration::Configuration& configuration,
                                        const std::filesystem::path& file,
                                        const parallel::Communicator& communicator,
                                        Watchdog& watchdog, Checkpoints& checkpoints);

}  // namespace flatgrid::campaign
