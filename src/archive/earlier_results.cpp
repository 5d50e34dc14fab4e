// SPDX-License-Identifier: MIT
#include "flatgrid/archive/earlier_results.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/archive/own_build.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/file_identity.hpp"
#include "flatgrid/results/data_file.hpp"

namespace flatgrid::archive {

namespace {

[[noreturn]] void refuse_reuse(const results::ResultsReader& results, std::string_view why) {
  throw Error(fmt::format("{}: no point can be taken from it: {}", results.path().string(), why));
}

void require_same_bits(const grid::Study& study, const results::ResultsReader& results) {
  const configuration::Configuration& here = study.configuration;
  const configuration::Configuration& there = results.configuration();
  if (const configuration::ConfigurationKey* key = configuration::first_obstacle(here, there)) {
    refuse_reuse(
        results,
        fmt::format("{} = {} there, {} here{}", key->name, key->text(there), key->text(here),
                    key->decides == configuration::Decides::points
                        ? "; the rows of the data file beyond the most samples are held out for "
                          "the population loss"
                        : ""));
  }
  const problem::ExternalData* data = study.problem.external();
  if (data != nullptr &&
      results.attribute("data_file_crc64") != results::data_file_checksum(*data)) {
    refuse_reuse(results, "it was made from other data than those of " + here.problem.data_file);
  }
}

/// Also by the figures it lists: `merge` writes files of its own build, from parts of any.
bool has_bits_of_this_build(const results::ResultsReader& results) {
  return is_of_this_build(results) &&
         grid::same_variables(results.variables(), grid::stored_variables(results.configuration()));
}

/// Where the values of an axis stand on that of another grid; -1 = nowhere.
template <class Value>
std::vector<std::int64_t> positions_of(const std::vector<Value>& here,
                                       const std::vector<Value>& there) {
  std::map<Value, std::int64_t> position;
  for (const Value& value : there) position.emplace(value, std::ssize(position));
  std::vector<std::int64_t> positions;
  for (const Value& value : here) {
    const auto found = position.find(value);
    positions.push_back(found == position.end() ? -1 : found->second);
  }
  return positions;
}

void require_common_points(const configuration::Configuration& here,
                           const results::ResultsReader& results,
                           std::span<const std::vector<std::int64_t>> positions) {
  const auto is_missing = [](std::int64_t position) { return position < 0; };
  auto axis = positions.begin();
  for (const configuration::ConfigurationKey& key : configuration::configuration_keys()) {
    if (key.decides != configuration::Decides::points) continue;
    if (std::ranges::all_of(*axis++, is_missing)) {
      refuse_reuse(results,
                   fmt::format("it has none of this grid: {} = {} there, {} here", key.name,
                               key.text(results.configuration()), key.text(here)));
    }
  }
}

}  // namespace

EarlierResults::EarlierResults(const grid::Study& study,
                               const std::vector<std::filesystem::path>& files)
    : axes_(study.configuration.grid) {
  require_different(files);
  for (const std::filesystem::path& file : files) {
    results::ResultsReader results(file);
    require_same_bits(study, results);
    const configuration::Axes& there = results.configuration().grid;
    std::array positions = {
        positions_of(axes_.algorithm, there.algorithm), positions_of(axes_.samples, there.samples),
        positions_of(axes_.noise, there.noise), positions_of(axes_.width, there.width),
        positions_of(axes_.seed, there.seed)};
    require_common_points(study.configuration, results, positions);
    if (has_bits_of_this_build(results)) {
      sources_.push_back({std::move(results), std::move(positions)});
    } else {
      of_another_build_.push_back(file);
    }
  }
}

std::optional<configuration::GridPoint> EarlierResults::find(
    const Source& source, const configuration::GridPoint& point) {
  const auto& [algorithms, samples, noises, widths, seeds] = source.positions;
  const configuration::GridPoint there{.algorithm = configuration::at(algorithms, point.algorithm),
                                       .samples = configuration::at(samples, point.samples),
                                       .noise = configuration::at(noises, point.noise),
                                       .width = configuration::at(widths, point.width),
                                       .seed = configuration::at(seeds, point.seed)};
  const bool is_there =
      std::min({there.algorithm, there.samples, there.noise, there.width, there.seed}) >= 0 &&
      source.results.part().contains(source.results.configuration().grid, there);
  return is_there ? std::optional(there) : std::nullopt;
}

std::vector<bool> EarlierResults::finished() const {
  std::vector<bool> finished(static_cast<std::size_t>(axes_.points()));
  for (const Source& source : sources_) {
    const configuration::Axes& axes = source.results.configuration().grid;
    const std::vector<grid::Status> statuses = source.results.statuses();
    for (std::size_t flat = 0; flat < finished.size(); ++flat) {
      const auto there =
          find(source, configuration::grid_point(axes_, static_cast<std::int64_t>(flat)));
      if (there && !grid::is_to_compute(
                       configuration::at(statuses, configuration::flat_index(axes, *there))))
        finished[flat] = true;
    }
  }
  return finished;
}

std::optional<grid::PointResult> EarlierResults::point(
    const configuration::GridPoint& point,
    const std::function<void(const std::string&)>& complain) const {
  for (const auto& source : sources_) {
    const auto there = find(source, point);
    if (!there) continue;
    const results::ResultsReader& results = source.results;
    try {
      if (grid::is_to_compute(results.statuses(*there, 1).front())) continue;
      grid::PointResult result = results.point(*there);
      if (grid::checksum(result, results.variables()) != results.stored_checksum(*there)) {
        throw Error(fmt::format("{}: {}: its checksum is not that of its numbers",
                                results.path().string(), configuration::describe(axes_, point)));
      }
      // Those of its own samples: how many more are stored is for the grid to say.
      const Index samples = configuration::at(axes_.samples, point.samples);
      if (result.multipliers.size() > samples) {
        result.multipliers = VectorD(result.multipliers.head(samples));
      }
      return result;
    } catch (const Error& error) {
      complain(fmt::format("{}; the point is not taken", error.what()));
    }
  }
  return std::nullopt;
}

}  // namespace flatgrid::archive
