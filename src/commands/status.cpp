// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "flatgrid/base/clock.hpp"
#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/text.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/campaign/progress.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/report/reasons.hpp"
#include "flatgrid/results/reader.hpp"
#include "points.hpp"

namespace flatgrid::commands {
namespace {

constexpr std::array k_statuses = {
    grid::Status::pending,  grid::Status::done,   grid::Status::not_interpolating,
    grid::Status::diverged, grid::Status::failed, grid::Status::cut_short};
static_assert(k_statuses.size() == grid::k_status_count);

/// The largest number of slow points that are listed, for finished points and for points being computed.
constexpr std::size_t k_slow_named = 5;

/// Seconds between two outputs of --watch.
constexpr double k_watch_period = 2.0;

using Counts = std::array<std::int64_t, grid::k_status_count>;

struct PointSeconds {
  std::int64_t flat;
  double seconds;
};

/// The state of a results file and its RESULTS.running at one moment.
struct State {
  std::string file;
  grid::Part part;
  std::string created, version;
  configuration::Axes axes;
  Counts all{};
  std::vector<Counts> by_algorithm;
  std::int64_t left = 0;  ///< points to compute
  double seconds_spent = 0.0;
  std::optional<double> seconds_left;  ///< for one rank, predicted from the seconds spent
  std::optional<campaign::RunningCampaign> running;
  bool alive = false;
  std::string damaged;                    ///< the fault of RESULTS.running, if any
  std::vector<report::Reason> reasons;    ///< why points do not interpolate, most frequent first
  std::vector<report::Reason> cut_short;  ///< why points are cut short
  std::vector<PointSeconds> slowest;      ///< the slowest finished points
  std::vector<std::int64_t> failed;       ///< all failed points
  std::vector<std::string> messages;      ///< the messages of the failed points
};

State look(const std::string& file, campaign::CampaignWatch& watch) {
  State state;
  // Read before the points, so that all points of a campaign that has ended are seen.
  const auto read = [&] {
    return campaign::read_running(file, [&](const std::string& line) { state.damaged = line; });
  };
  state.running = read();
  if (state.running) {
    state.alive = watch.is_alive(*state.running);
    state.running = read();  // the campaign may have ended or progressed meanwhile
  }
  const results::ResultsReader results(file);
  const configuration::Configuration& configuration = results.configuration();
  const grid::Part& part = results.part();
  const grid::PointPrices prices{grid::Study(configuration)};
  const std::vector<grid::Status> statuses = results.statuses();
  const std::vector<double> seconds = results.variable("seconds");
  const std::vector<std::string> messages = results.messages();

  state.file = file;
  state.part = part;
  state.created = results.attribute("created");
  state.version = results.attribute("flatgrid_version");
  state.axes = configuration.grid;
  state.by_algorithm.resize(configuration.grid.algorithm.size());
  std::vector<std::int64_t> not_interpolating, cut_short;
  double cost_spent = 0.0;
  double cost_left = 0.0;
  for (std::int64_t flat = 0; flat < state.axes.points(); ++flat) {
    const auto position = static_cast<std::size_t>(flat);
    const configuration::GridPoint point = configuration::grid_point(state.axes, flat);
    if (!part.contains(state.axes, point)) continue;
    const auto status = static_cast<std::size_t>(statuses[position]);
    ++state.all[status];
    ++state.by_algorithm[static_cast<std::size_t>(point.algorithm)][status];
    if (statuses[position] == grid::Status::failed) {
      state.failed.push_back(flat);
      state.messages.push_back(printable(messages[position]));
    }
    // A network kept as trained may be done without interpolating; then it has a message.
    if (statuses[position] == grid::Status::not_interpolating ||
        (statuses[position] == grid::Status::done && !messages[position].empty())) {
      not_interpolating.push_back(flat);
    }
    if (statuses[position] == grid::Status::cut_short) cut_short.push_back(flat);
    const double cost = prices(point).flops;
    if (grid::is_to_compute(statuses[position])) {
      cost_left += cost;
      ++state.left;
    } else if (std::isfinite(seconds[position])) {
      cost_spent += cost;
      state.seconds_spent += seconds[position];
      state.slowest.push_back({flat, seconds[position]});
    }
  }
  if (state.left > 0) {
    state.seconds_left =
        campaign::seconds_left(state.seconds_spent, cost_spent / (cost_spent + cost_left));
  }
  const auto named = std::min(k_slow_named, state.slowest.size());
  std::ranges::partial_sort(state.slowest,
                            state.slowest.begin() + static_cast<std::ptrdiff_t>(named),
                            std::ranges::greater(), &PointSeconds::seconds);
  state.slowest.resize(named);
  state.reasons = report::reasons_of(not_interpolating, messages);
  state.cut_short = report::reasons_of(cut_short, messages);
  if (state.running) {
    // A damaged file may name points that do not exist.
    auto& under_way = state.running->under_way;
    std::erase_if(under_way, [&](const campaign::PointInWork& point) {
      return point.flat < 0 || point.flat >= state.axes.points();
    });
    if (under_way.size() > k_slow_named) under_way.resize(k_slow_named);
  }
  return state;
}

/// "teacher, samples 100, ..." of a point.
std::string name_of_point(const State& state, std::int64_t flat) {
  return configuration::describe(state.axes, configuration::grid_point(state.axes, flat));
}

std::string running_text(const State& state) {
  if (!state.running) return state.damaged.empty() ? "" : fmt::format("\n{}\n", state.damaged);
  const campaign::RunningCampaign& running = *state.running;
  const std::string who =
      fmt::format("on {}, process {}{}, {}, since {}", running.host, running.pid,
                  running.job.empty() ? "" : fmt::format(" of job {}", running.job),
                  counted(running.ranks, "rank"), running.started);
  if (!state.alive) return fmt::format("\na campaign {}, has died: run again to continue\n", who);
  std::string text = fmt::format("\nrunning {}\n", who);
  auto end = std::back_inserter(text);
  fmt::format_to(end, "  {} of {} of this run finished, {} failed, {:.1f} % of its work in {}",
                 running.finished, counted(running.to_compute, "point"), running.failed,
                 100.0 * running.work_fraction, duration_text(running.seconds));
  if (const auto left = running.seconds_left) {
    fmt::format_to(end, "\n  {:.3g} points a minute, about {} left",
                   60.0 * static_cast<double>(running.finished) / running.seconds,
                   duration_text(*left));
  }
  text += '\n';
  if (!running.under_way.empty()) text += "  points computed for the longest time:\n";
  for (const auto& [flat, seconds] : running.under_way) {
    fmt::format_to(end, "    {}  {}\n", duration_text(seconds), name_of_point(state, flat));
  }
  return text;
}

std::string counts_text(const State& state) {
  std::string text;
  auto end = std::back_inserter(text);
  fmt::format_to(end, "{}: {}created {} by flatgrid {}\n\n", state.file,
                 state.part.is_whole() ? "" : fmt::format("part {}, ", grid::part_text(state.part)),
                 state.created, state.version);
  // A status without points has no column, except pending and done.
  const auto has_column = [&](std::size_t status) {
    return state.all[status] > 0 || k_statuses[status] == grid::Status::pending ||
           k_statuses[status] == grid::Status::done;
  };
  std::vector<std::vector<std::string>> rows = {{"points"}};
  for (std::size_t status = 0; status < k_statuses.size(); ++status) {
    if (has_column(status)) rows.back().emplace_back(grid::name_of(k_statuses[status]));
  }
  rows.back().emplace_back("all");
  const auto add_row = [&](std::string_view name, const Counts& counts) {
    rows.push_back({std::string(name)});
    for (std::size_t status = 0; status < counts.size(); ++status) {
      if (has_column(status)) rows.back().push_back(fmt::format("{}", counts[status]));
    }
    rows.back().push_back(
        fmt::format("{}", std::accumulate(counts.begin(), counts.end(), std::int64_t{0})));
  };
  for (std::size_t algorithm = 0; algorithm < state.by_algorithm.size(); ++algorithm) {
    add_row(state.axes.algorithm[algorithm].name(), state.by_algorithm[algorithm]);
  }
  add_row("all", state.all);
  text += aligned(rows, output_columns());
  if (state.left > 0) {
    fmt::format_to(end, "\n{} left", counted(state.left, "point"));
    if (!state.failed.empty()) {
      fmt::format_to(end, ", {} of them failed", state.failed.size());
    }
    if (state.seconds_left) {
      fmt::format_to(end, ", about {} for one rank, predicted from the {} spent so far",
                     duration_text(*state.seconds_left), duration_text(state.seconds_spent));
    }
    text += '\n';
  }
  return text;
}

/// Reasons under a heading; empty without any.
std::string reasons_text(std::string_view heading, const std::vector<report::Reason>& reasons) {
  if (reasons.empty()) return {};
  std::string text = fmt::format("\n{}:\n", heading);
  auto end = std::back_inserter(text);
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (i == k_most_named) {
      fmt::format_to(end, "  and {}\n",
                     counted(std::ssize(reasons) - static_cast<std::ptrdiff_t>(i), "more reason"));
      break;
    }
    fmt::format_to(end, "  {:>10}  {}\n", reasons[i].points, reasons[i].text);
  }
  return text;
}

std::string status_text(const State& state) {
  std::string text = counts_text(state) + running_text(state);
  auto end = std::back_inserter(text);
  text += reasons_text("not interpolating", state.reasons);
  text += reasons_text("cut short", state.cut_short);
  if (!state.slowest.empty()) text += "\nslowest points:\n";
  for (const auto& [flat, seconds] : state.slowest) {
    fmt::format_to(end, "  {:>10.3f} s  {}\n", seconds, name_of_point(state, flat));
  }
  if (!state.failed.empty()) text += "\nfailed; the next run computes them again:\n";
  for (std::size_t i = 0; i < state.failed.size(); ++i) {
    if (i == k_most_named) {
      fmt::format_to(end, "  and {} more\n", state.failed.size() - i);
      break;
    }
    fmt::format_to(end, "  {}: {}\n", name_of_point(state, state.failed[i]), state.messages[i]);
  }
  return wrapped(text, output_columns());
}

Json status_json(const Counts& counts) {
  Json json;
  for (std::size_t i = 0; i < counts.size(); ++i)
    json[std::string(grid::name_of(k_statuses[i]))] = counts[i];
  json["all"] = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  return json;
}

Json status_json(const std::vector<report::Reason>& reasons) {
  Json json = Json::array();
  for (const auto& [text, points] : reasons) {
    json.push_back({{"reason", text}, {"points", points}});
  }
  return json;
}

Json status_json(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

Json status_json(const State& state, const campaign::RunningCampaign& running) {
  Json under_way = Json::array();
  for (const auto& [flat, seconds] : running.under_way) {
    under_way.push_back(
        {{"point", json_of_point(state.axes, configuration::grid_point(state.axes, flat))},
         {"seconds", seconds}});
  }
  return {{"alive", state.alive},
          {"host", running.host},
          {"process", running.pid},
          {"job", running.job},
          {"ranks", running.ranks},
          {"started", running.started},
          {"seconds", running.seconds},
          {"points", running.to_compute},
          {"finished", running.finished},
          {"failed", running.failed},
          {"work_fraction", running.work_fraction},
          {"seconds_left", status_json(running.seconds_left)},
          {"under_way", under_way}};
}

/// The state as JSON, with every failed point.
Json status_json(const State& state) {
  Json by_algorithm;
  for (std::size_t i = 0; i < state.by_algorithm.size(); ++i) {
    by_algorithm[std::string(state.axes.algorithm[i].name())] = status_json(state.by_algorithm[i]);
  }
  Json slowest = Json::array();
  for (const auto& [flat, seconds] : state.slowest) {
    slowest.push_back(
        {{"point", json_of_point(state.axes, configuration::grid_point(state.axes, flat))},
         {"seconds", seconds}});
  }
  Json failed = Json::array();
  for (std::size_t i = 0; i < state.failed.size(); ++i) {
    failed.push_back({{"point", json_of_point(state.axes, configuration::grid_point(
                                                              state.axes, state.failed[i]))},
                      {"message", state.messages[i]}});
  }
  return {{"file", state.file},
          {"part", grid::part_text(state.part)},
          {"created", state.created},
          {"flatgrid_version", state.version},
          {"points", status_json(state.all)},
          {"algorithms", by_algorithm},
          {"left", state.left},
          {"seconds_spent", state.seconds_spent},
          {"rank_seconds_left", status_json(state.seconds_left)},
          {"running", state.running ? status_json(state, *state.running) : Json()},
          {"not_interpolating", status_json(state.reasons)},
          {"cut_short", status_json(state.cut_short)},
          {"slowest", slowest},
          {"failed", failed}};
}

/// The part of a text that fits on the screen, with the control sequences to draw over the previous text.
std::string screen(const std::string& text) {
  const TerminalSize size = terminal_size("/proc/self/fd/1");
  std::string drawn = "\033[H";  // to the upper left corner
  std::istringstream lines(text);
  int row = 1;
  for (std::string line; row < size.rows && std::getline(lines, line); ++row) {
    // Erases the rest of a longer line.
    drawn += line.substr(0, static_cast<std::size_t>(size.columns)) + "\033[K\n";
  }
  return drawn + "\033[J";  // erases everything below
}

ExitCode execute_status(const Command& command, const std::vector<std::string>& arguments) {
  const ParsedOptions parsed = parse_options(command, arguments);
  const bool json = parsed.values.count("json") > 0;
  const bool watch = parsed.values.count("watch") > 0;
  const bool redraw = watch && !json && isatty(STDOUT_FILENO) == 1;
  if (redraw) write_output("\033[2J");
  campaign::CampaignWatch campaign(parsed.argument, [](const std::string& line) { say(line); });
  for (;;) {
    const double begin = monotonic_seconds();
    const State state = look(parsed.argument, campaign);
    const bool last = !watch || !state.alive;
    std::string text = status_text(state);
    // One line for each output. Invalid UTF-8 comes from a damaged file.
    if (json)
      text = status_json(state).dump(watch ? -1 : 2, ' ', false, Json::error_handler_t::replace) +
             '\n';
    if (redraw) text = last ? "\033[H\033[J" + text : screen(text);
    if (!last && !json && !redraw) text += '\n';
    if (!write_output(text) || last) return ExitCode::success;
    // Waits longer if reading a large file takes long.
    const double pause = std::max(k_watch_period, 10.0 * (monotonic_seconds() - begin));
    std::this_thread::sleep_for(std::chrono::duration<double>(pause));
  }
}

}  // namespace

Command status_command() {
  Command command{
      .name = "status",
      .argument = "RESULTS",
      .purpose = "Count finished, remaining and failed points with reasons, also during a run",
      .options = {},
      .remarks = "",
      .execute = execute_status};
  command.options.add_options()("json", "print JSON, with every failed point")(
      "watch",
      "repeat every two seconds until the campaign has ended, in place on a terminal; with --json "
      "one "
      "line each time");
  return command;
}

}  // namespace flatgrid::commands
