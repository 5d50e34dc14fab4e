// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/recorder.hpp"

#include <cstring>
#include <exception>
#include <utility>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/mailbox.hpp"
#include "flatgrid/results/reader.hpp"

namespace flatgrid::campaign {
namespace {

/// Points that took less time than this are written together with their neighbours.
constexpr double k_seconds_of_small = 1e-3;
/// The largest number of points, and of numbers, that are written together.
constexpr std::size_t k_most_together = 256;
constexpr Index k_most_numbers = 1 << 17;
/// The longest time that a point waits for neighbours.
constexpr double k_seconds_of_waiting = 0.01;

Index numbers_of(const grid::PointResult& result) {
  Index numbers = result.network.inner.size() + result.history.size() + result.multipliers.size();
  for (const MatrixD& layer : result.network.linear) numbers += layer.size();
  return numbers;
}

/// `output.writer = parallel`.
class ParallelRecorder : public Recorder {
 public:
  ParallelRecorder(const configuration::Configuration& configuration,
                   const std::filesystem::path& file, const parallel::Communicator& communicator,
                   Watchdog& watchdog, Checkpoints& checkpoints)
      : Recorder(configuration.grid, watchdog, checkpoints),
        writer_(file, configuration, communicator.handle()) {}

  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const override {
    return writer_.statuses(first, count);
  }

 private:
  void write(const grid::NeighbouringResults& points) override { write_into(writer_, points); }

  results::ResultsWriter writer_;
};

/// `output.writer = gather`: the ranks send finished points to rank 0, which also computes, and writes between
/// two chunks of its own work. A rank is at most one message ahead.
class GatherRecorder : public Recorder {
 public:
  GatherRecorder(const configuration::Configuration& configuration,
                 const std::filesystem::path& file, const parallel::Communicator& communicator,
                 Watchdog& watchdog, Checkpoints& checkpoints)
      : Recorder(configuration.grid, watchdog, checkpoints), mailbox_(communicator) {
    // Rank 0 opens the file first: HDF5 locks a file for a moment while it opens it for writing.
    parallel::agreed_on_root(communicator, [&] {
      writer_ = std::make_unique<results::ResultsWriter>(file, configuration);
    });
    parallel::agreed(communicator, [&] {
      if (!communicator.is_root()) reader_.emplace(file);
    });
  }

  [[nodiscard]] std::vector<grid::Status> statuses(const configuration::GridPoint& first,
                                                   std::int64_t count) const override {
    return writer_ ? writer_->statuses(first, count) : reader_->statuses(first, count);
  }

  bool is_taken() override { return mailbox_.taken(); }

 private:
  void write(const grid::NeighbouringResults& points) override {
    if (writer_) {
      write_into(*writer_, points);
    } else {
      mailbox_.send(grid::to_bytes(points));
    }
  }

  void receive() override {
    if (!writer_) return;
    while (const std::optional<std::string> message = mailbox_.take()) {
      // After a fault nothing can be written, but the messages are received so that no rank waits.
      if (!error()) write_into(*writer_, grid::neighbouring_results(*message));
    }
  }

  parallel::Mailbox mailbox_;
  std::unique_ptr<results::ResultsWriter> writer_;  // on rank 0
  std::optional<results::ResultsReader> reader_;    // on all others
};

}  // namespace

void Recorder::add(const configuration::GridPoint& point, grid::PointResult result) {
  const std::int64_t flat = configuration::flat_index(axes_, point);
  // The waiting points are written first unless this point is the next seed after them.
  if (flat != waiting_.first + std::ssize(waiting_.results) || point.seed == 0) close();
  if (waiting_.results.empty()) {
    waiting_.first = flat;
    waiting_since_ = monotonic_seconds();
    numbers_waiting_ = 0;
  }
  const bool is_small = result.record.seconds < k_seconds_of_small;
  numbers_waiting_ += numbers_of(result);
  waiting_.results.push_back(std::move(result));
  if (!is_small || waiting_.results.size() == k_most_together ||
      numbers_waiting_ >= k_most_numbers || have_waited_enough()) {
    close();
  }
}

void Recorder::close() {
  if (!waiting_.results.empty()) due_.push_back(std::exchange(waiting_, {}));
  write_due();
}

void Recorder::write_due() {
  while (!due_.empty() && is_taken()) {
    const grid::NeighbouringResults points = std::move(due_.front());
    due_.pop_front();  // before `write`, which may throw: then these points are not written again
    write(points);
  }
}

void Recorder::write_into(results::ResultsWriter& writer, const grid::NeighbouringResults& points) {
  const auto held = watchdog_.hold();
  writer.write(configuration::grid_point(axes_, points.first), points.results);
  checkpoints_.remove(points.first, std::ssize(points.results));
}

void Recorder::serve() {
  try {
    if (!waiting_.results.empty() && have_waited_enough() && is_taken()) close();
    write_due();
    receive();
  } catch (const std::exception& exception) {
    if (!error_) error_ = exception.what();
  }
}

bool Recorder::have_waited_enough() const {
  return monotonic_seconds() - waiting_since_ >= k_seconds_of_waiting;
}

std::unique_ptr<Recorder> make_recorder(const configuration::Configuration& configuration,
                                        const std::filesystem::path& file,
                                        const parallel::Communicator& communicator,
                                        Watchdog& watchdog, Checkpoints& checkpoints) {
  if (configuration.output.writer->gathers) {
    return std::make_unique<GatherRecorder>(configuration, file, communicator, watchdog,
                                            checkpoints);
  }
  return std::make_unique<ParallelRecorder>(configuration, file, communicator, watchdog,
                                            checkpoints);
}

}  // namespace flatgrid::campaign
