// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/recorder.hpp"

#include <chrono>
#include <cstring>
#include <exception>
#include <thread>
#include <utility>

#include "flatgrid/grid/point_state.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/mailbox.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/writer.hpp"

namespace flatgrid {
namespace {

/// `output.writer = parallel`.
class ParallelRecorder : public Recorder {
 public:
  ParallelRecorder(const Configuration& configuration, const std::filesystem::path& file,
                   const Communicator& communicator, Watchdog& watchdog, Checkpoints& checkpoints)
      : axes_(configuration.grid),
        watchdog_(watchdog),
        checkpoints_(checkpoints),
        writer_(file, configuration, communicator.handle()) {}

  [[nodiscard]] std::vector<Status> statuses(const GridPoint& first,
                                             std::int64_t count) const override {
    return writer_.statuses(first, count);
  }

  void record(const GridPoint& point, const PointResult& result,
              const std::function<void()>& /*meanwhile*/) override {
    const auto whole = watchdog_.hold();
    writer_.write(point, result);
    checkpoints_.remove(flat_index(axes_, point));
  }

 private:
  const Axes& axes_;
  Watchdog& watchdog_;
  Checkpoints& checkpoints_;
  ResultsWriter writer_;
};

/// `output.writer = gather`: the ranks send what they finish to rank 0, which computes too and
/// writes between two chunks of its own work. A rank is one record ahead at most.
class GatherRecorder : public Recorder {
 public:
  GatherRecorder(const Configuration& configuration, const std::filesystem::path& file,
                 const Communicator& communicator, Watchdog& watchdog, Checkpoints& checkpoints)
      : axes_(configuration.grid),
        watchdog_(watchdog),
        checkpoints_(checkpoints),
        mailbox_(communicator) {
    // One after the other: HDF5 locks a file for a moment while it opens it for writing.
    agreed_on_root(communicator,
                   [&] { writer_ = std::make_unique<ResultsWriter>(file, configuration); });
    agreed(communicator, [&] {
      if (!communicator.is_root()) reader_.emplace(file);
    });
  }

  [[nodiscard]] std::vector<Status> statuses(const GridPoint& first,
                                             std::int64_t count) const override {
    return writer_ ? writer_->statuses(first, count) : reader_->statuses(first, count);
  }

  void record(const GridPoint& point, const PointResult& result,
              const std::function<void()>& meanwhile) override {
    const std::int64_t flat = flat_index(axes_, point);
    if (writer_) {
      write(flat, result);
      return;
    }
    flush(meanwhile);
    std::string message(sizeof flat, '\0');
    std::memcpy(message.data(), &flat, sizeof flat);
    mailbox_.send(message + to_bytes(result));
  }

  void serve() override {
    if (!writer_) return;
    while (const std::optional<std::string> message = mailbox_.take()) {
      if (error_) continue;  // nothing can be written, but nobody shall wait for this rank
      std::int64_t flat = 0;
      std::memcpy(&flat, message->data(), sizeof flat);
      try {
        write(flat, point_result(std::string_view(*message).substr(sizeof flat)));
      } catch (const std::exception& exception) {
        error_ = exception.what();
      }
    }
  }

  void flush(const std::function<void()>& meanwhile) override {
    while (!mailbox_.taken()) {
      meanwhile();
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }

  [[nodiscard]] std::optional<std::string> error() const override { return error_; }

 private:
  void write(std::int64_t flat, const PointResult& result) {
    const auto whole = watchdog_.hold();
    writer_->write(grid_point(axes_, flat), result);
    checkpoints_.remove(flat);
  }

  const Axes& axes_;
  Watchdog& watchdog_;
  Checkpoints& checkpoints_;
  Mailbox mailbox_;
  std::unique_ptr<ResultsWriter> writer_;  // on rank 0
  std::optional<ResultsReader> reader_;    // on all others
  std::optional<std::string> error_;
};

}  // namespace

std::unique_ptr<Recorder> make_recorder(const Configuration& configuration,
                                        const std::filesystem::path& file,
                                        const Communicator& communicator, Watchdog& watchdog,
                                        Checkpoints& checkpoints) {
  if (configuration.output.writer->gathers) {
    return std::make_unique<GatherRecorder>(configuration, file, communicator, watchdog,
                                            checkpoints);
  }
  return std::make_unique<ParallelRecorder>(configuration, file, communicator, watchdog,
                                            checkpoints);
}

}  // namespace flatgrid
