// SPDX-License-Identifier: MIT
#include "flatgrid/archive/merge.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/archive/verification.hpp"
#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/file_identity.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/writer.hpp"

namespace flatgrid::archive {

namespace fs = std::filesystem;

namespace {

/// Where a point is copied from.
struct Source {
  std::int32_t file = -1;  ///< position in the list of files; -1 = nowhere
  grid::Status status = grid::Status::pending;
  std::uint64_t checksum = 0;
};

void require_same_campaign(const results::ResultsReader& one, const results::ResultsReader& other) {
  if (const auto* key =
          configuration::first_difference(one.configuration(), other.configuration())) {
    throw Error(fmt::format("{}: belongs to another configuration than {}: {} = {} there, {} here",
                            other.path().string(), one.path().string(), key->name,
                            key->text(one.configuration()), key->text(other.configuration())));
  }
  if (!grid::same_variables(one.variables(), other.variables())) {
    throw Error(
        fmt::format("{}: lists other variables than {}: they are of different versions of "
                    "flatgrid, {} there and {} here",
                    other.path().string(), one.path().string(), one.attribute("flatgrid_version"),
                    other.attribute("flatgrid_version")));
  }
  if (one.configuration().problem.inputs != "file") return;
  constexpr const char* k_data = "data_file_crc64";
  if (one.attribute(k_data) != other.attribute(k_data)) {
    throw Error(fmt::format("{}: was made from other data than {}", other.path().string(),
                            one.path().string()));
  }
}

/// Chooses where every point comes from. Files are opened one at a time: of an array job there may
/// be more than a process may have open.
std::vector<Source> choose_sources(const std::vector<fs::path>& files,
                                   const results::ResultsReader& first, MergeOutcome& outcome) {
  const configuration::Axes& axes = first.configuration().grid;
  std::vector<Source> sources(static_cast<std::size_t>(axes.points()));
  for (std::size_t file = 0; file < files.size(); ++file) {
    const results::ResultsReader reader(files[file]);
    require_same_campaign(first, reader);
    const std::vector<grid::Status> statuses = reader.statuses();
    const std::vector<std::uint64_t> checksums = reader.stored_checksums();
    for (std::size_t flat = 0; flat < sources.size(); ++flat) {
      Source& source = sources[flat];
      const Source here{.file = static_cast<std::int32_t>(file),
                        .status = statuses[flat],
                        .checksum = checksums[flat]};
      if (here.status == grid::Status::pending) continue;
      if (!grid::is_to_compute(source.status) && !grid::is_to_compute(here.status)) {
        if (source.checksum != here.checksum) {
          throw Error(fmt::format(
              "{}: {}: holds other results of this point than {}: they are not of one campaign, or "
              "of different builds, or one is damaged (see flatgrid verify)",
              files[file].string(),
              configuration::describe(
                  axes, configuration::grid_point(axes, static_cast<std::int64_t>(flat))),
              files[static_cast<std::size_t>(source.file)].string()));
        }
        ++outcome.overlapping;
      } else if (grid::is_to_compute(source.status)) {
        source = here;
      }
    }
  }
  return sources;
}

void copy_points(const std::vector<fs::path>& files, const std::vector<Source>& sources,
                 results::ResultsWriter& writer, MergeOutcome& outcome,
                 const std::function<void(const std::string&)>& complain) {
  for (std::size_t file = 0; file < files.size(); ++file) {
    const results::ResultsReader reader(files[file]);
    const configuration::Axes& axes = reader.configuration().grid;
    for (std::size_t flat = 0; flat < sources.size(); ++flat) {
      if (sources[flat].file != static_cast<std::int32_t>(file)) continue;
      const configuration::GridPoint point =
          configuration::grid_point(axes, static_cast<std::int64_t>(flat));
      const grid::PointResult result = reader.point(point);
      if (grid::checksum(result, reader.variables()) != reader.stored_checksum(point)) {
        complain(fmt::format("{}: {}: damaged, not copied: its checksum is not that of its numbers",
                             files[file].string(), configuration::describe(axes, point)));
        ++outcome.damaged;
        outcome.missing.push_back(static_cast<std::int64_t>(flat));
        continue;
      }
      writer.write(point, result);
      ++(grid::is_to_compute(result.record.status) ? outcome.failed : outcome.finished);
    }
  }
}

/// Refuses to write over a part: OUT has been forgotten, and the first part taken for it.
void require_whole(const fs::path& out, const fs::path& next) {
  const grid::Part part = results::ResultsReader(out).part();
  if (part.is_whole()) return;
  throw Error(
      fmt::format("{0}: is part {1} itself, and merge would write over it; name the file to "
                  "write first: flatgrid merge OUT {0} {2} ...",
                  out.string(), grid::part_text(part), next.string()));
}

}  // namespace

MergeOutcome merge_results(const fs::path& out, const std::vector<fs::path>& parts,
                           const std::function<void(const std::string&)>& complain) {
  require_different(parts);
  std::vector<fs::path> files = parts;
  std::error_code unreachable;
  const bool exists = fs::exists(fs::symlink_status(out, unreachable));
  if (exists) require_whole(out, parts.front());
  MergeOutcome outcome;
  outcome.into_existing = exists;
  if (exists && std::ranges::none_of(parts, [&](const fs::path& part) {
        return fs::equivalent(part, out, unreachable);
      })) {
    files.push_back(out);
  }

  const results::ResultsReader first(files.front());
  const grid::Study study = study_with_data(first);
  outcome.points = study.configuration.grid.points();
  const std::vector<Source> sources = choose_sources(files, first, outcome);
  for (std::size_t flat = 0; flat < sources.size(); ++flat) {
    if (sources[flat].file < 0) outcome.missing.push_back(static_cast<std::int64_t>(flat));
  }
  write_aside(out, exists ? Existing::replace : Existing::refuse, [&](const fs::path& aside) {
    results::write_results_layout(aside, out, study, first.variables());
    results::ResultsWriter writer(aside, study.configuration);
    copy_points(files, sources, writer, outcome, complain);
  });
  std::ranges::sort(outcome.missing);
  return outcome;
}

}  // namespace flatgrid::archive
