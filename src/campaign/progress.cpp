// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/progress.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/text.hpp"

namespace flatgrid::campaign {
namespace {

constexpr int k_shortest_bar = 4;
constexpr double k_terminal_period = 0.2;
constexpr double k_log_period = 30.0;

/// Of the work of all runs; rounded down, so that 100 means finished.
int percent(const ProgressState& state) {
  const double done = state.work_before + (1.0 - state.work_before) * state.work_fraction;
  return static_cast<int>(std::floor(100.0 * std::clamp(done, 0.0, 1.0) + 1e-9));
}

std::string failures(const ProgressState& state) {
  return state.failed > 0 ? fmt::format(", {} failed", state.failed) : std::string();
}

std::string time_left(const ProgressState& state) {
  if (state.work_fraction >= 1.0 || !state.seconds_left) return {};
  return fmt::format(", about {} left", duration_text(*state.seconds_left));
}

}  // namespace

std::optional<double> seconds_left(double seconds, double work_done) {
  if (!(work_done >= 1e-3 && seconds >= 1.0)) return std::nullopt;
  return seconds * std::max(1.0 - work_done, 0.0) / work_done;
}

std::string progress_text(const ProgressState& state) {
  return fmt::format("{} of {}{}, {} % of the work, {} gone{}", state.finished,
                     counted(state.points, "point"), failures(state), percent(state),
                     duration_text(state.elapsed), time_left(state));
}

std::string progress_bar(const ProgressState& state, int columns) {
  const std::string text =
      fmt::format("{:3} %  {}/{}{}{}", percent(state), state.finished,
                  counted(state.points, "point"), failures(state), time_left(state));
  // A terminal may wrap a line that fills its last column.
  const int room = std::max(columns - 1, 0);
  const int width = room - static_cast<int>(text.size()) - 3;
  if (width < k_shortest_bar) return text.substr(0, static_cast<std::size_t>(room));
  const int filled = percent(state) * width / 100;
  return fmt::format("[{:#<{}}{:.<{}}] {}", "", filled, "", width - filled, text);
}

Progress::Progress(std::ostream& stream, std::function<int()> columns, Clock clock,
                   ProgressState begin)
    : stream_(stream),
      columns_(std::move(columns)),
      clock_(std::move(clock)),
      finished_before_(begin.finished),
      start_(clock_()),
      state_(begin) {
  show(0, 0, 0.0, std::nullopt);
}

void Progress::show(std::int64_t finished, std::int64_t failed, double work_fraction,
                    std::optional<double> seconds_left) {
  state_.finished = finished_before_ + finished;
  state_.failed = failed;
  state_.work_fraction = work_fraction;
  state_.seconds_left = seconds_left;
  state_.elapsed = clock_() - start_;
  if (state_.elapsed < next_print_) return;
  next_print_ = state_.elapsed +
                (columns_ ? k_terminal_period : std::max(k_log_period, 0.1 * state_.elapsed));
  print();
}

void Progress::end() {
  state_.elapsed = clock_() - start_;
  print();
  if (columns_) stream_ << '\n' << std::flush;
}

void Progress::print() {
  if (columns_) {
    // Back to the first column; erase what a longer line has left.
    stream_ << '\r' << progress_bar(state_, columns_()) << "\033[K" << std::flush;
  } else {
    stream_ << "flatgrid: " << progress_text(state_) << '\n' << std::flush;
  }
}

}  // namespace flatgrid::campaign
