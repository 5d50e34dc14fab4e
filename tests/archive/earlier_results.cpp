// SPDX-License-Identifier: MIT
#include "flatgrid/archive/earlier_results.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/seal.hpp"
#include "flatgrid/results/writer.hpp"
#include "results/example.hpp"

using namespace flatgrid;
using namespace flatgrid::archive;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

using Lines = std::vector<std::string>;

/// A results file with `example::result` at every point of the part. The first point is pending, though, the
/// second is marked as failed and the third as diverged.
fs::path make_file(const fs::path& file, const configuration::Configuration& configuration,
                   const grid::Part& part = {}) {
  results::create_results_file(file, configuration, part);
  results::ResultsWriter writer(file, configuration);
  for (std::int64_t flat = 1; flat < configuration.grid.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(configuration.grid, flat);
    if (!part.contains(configuration.grid, point)) continue;
    grid::PointResult result = example::result(configuration, point);
    if (flat == 1) result.record.status = grid::Status::failed;
    if (flat == 2) result.record.status = grid::Status::diverged;
    writer.write(point, result);
  }
  return file;
}

std::string refusal(const grid::Study& study, const std::vector<fs::path>& files) {
  try {
    const EarlierResults earlier(study, files);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
  return "accepted";
}

/// Replaces one stored number of a point.
void damage(const fs::path& file, const char* path, const configuration::GridPoint& point) {
  const results::hdf5::File opened = example::open_for_writing(file);
  const results::hdf5::Dataset dataset(H5Dopen2(opened, path, H5P_DEFAULT));
  const results::hdf5::Space space(H5Dget_space(dataset));
  const auto of = [](std::int64_t position) { return static_cast<hsize_t>(position); };
  const std::array where = {of(point.algorithm), of(point.samples), of(point.noise),
                            of(point.width), of(point.seed)};
  H5Sselect_elements(space, H5S_SELECT_SET, 1, where.data());
  const hsize_t one = 1;
  const results::hdf5::Space value(H5Screate_simple(1, &one, nullptr));
  const double number = 7;
  REQUIRE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, value, space, H5P_DEFAULT, &number) >= 0);
}

/// Replaces a text attribute of the root.
void set_text(const fs::path& file, const char* attribute, const char* text) {
  {
    const results::hdf5::File opened = example::open_for_writing(file);
    const results::hdf5::Attribute found(H5Aopen(opened, attribute, H5P_DEFAULT));
    REQUIRE(H5Awrite(found, results::hdf5::text_type(), &text) >= 0);
  }
  results::seal_file(file, file);
}

}  // namespace

TEST_CASE("a point is found by its axis values at any position, with all that is stored of it") {
  const example::Folder folder;
  const configuration::Configuration old = example::configuration();
  const fs::path file = make_file(folder / "old.h5", old);
  const configuration::Configuration grown =
      example::configuration({"grid.algorithm=sgd,lazy,teacher", "grid.samples=20,8,12",
                              "grid.noise=0.5,0.25,0", "grid.width=7,5,4", "grid.seed=0..3"});
  const EarlierResults earlier(grown, {file});
  const std::vector<bool> finished = earlier.finished();
  std::int64_t found = 0;
  for (std::int64_t flat = 0; flat < grown.grid.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(grown.grid, flat);
    Lines lines;
    const auto result =
        earlier.point(point, [&](const std::string& line) { lines.push_back(line); });
    CHECK(lines.empty());
    CHECK(result.has_value() == finished[static_cast<std::size_t>(flat)]);
    if (!result) continue;
    ++found;
    // The positions of the same values on the axes of the old grid, -1 if there is none.
    const std::array<std::int64_t, 3> algorithm = {-1, 1, 0};
    const std::array<std::int64_t, 3> samples = {1, -1, 0};
    const std::array<std::int64_t, 3> noise = {-1, 1, 0};
    const std::array<std::int64_t, 3> width = {1, -1, 0};
    const std::array<std::int64_t, 4> seed = {-1, 1, 2, 0};
    const auto of = [](const auto& positions, std::int64_t position) {
      return positions[static_cast<std::size_t>(position)];
    };
    const configuration::GridPoint there{of(algorithm, point.algorithm), of(samples, point.samples),
                                         of(noise, point.noise), of(width, point.width),
                                         of(seed, point.seed)};
    grid::PointResult expected = example::result(old, there);
    if (configuration::flat_index(old.grid, there) == 2)
      expected.record.status = grid::Status::diverged;
    CHECK(example::same_figures(result->record, expected.record));
    CHECK(example::same_bits(result->history, expected.history));
    CHECK(example::same_bits(result->network.inner, expected.network.inner));
    CHECK(example::same_bits(result->network.outer, expected.network.outer));
  }
  CHECK(found == old.grid.points() - 2);  // one is pending, one failed
}

TEST_CASE("multipliers are stored with the length that the new grid has") {
  const example::Folder folder;
  const configuration::GridPoint point{.samples = 0};
  const auto with_samples = [](const char* samples) {
    return example::configuration(
        {"grid.algorithm=flattest", std::string("grid.samples=") + samples});
  };
  const auto write = [&](const fs::path& file, const configuration::Configuration& configuration,
                         const grid::PointResult& result) {
    results::create_results_file(file, configuration);
    results::ResultsWriter(file, configuration).write(point, result);
    return results::ResultsReader(file).stored_checksum(point);
  };
  grid::PointResult result = example::result(with_samples("12"), point);
  result.multipliers = VectorD::LinSpaced(12, 1, 2);
  int number = 0;
  for (const char* before : {"12", "12, 40"}) {
    for (const char* after : {"12", "12, 20", "12, 50"}) {
      const fs::path old = folder / fmt::format("old-{}.h5", ++number);
      const fs::path taken = folder / fmt::format("taken-{}.h5", number);
      const fs::path computed = folder / fmt::format("computed-{}.h5", number);
      write(old, with_samples(before), result);
      const EarlierResults earlier(with_samples(after), {old});
      const auto found = earlier.point(point, [](const std::string& line) { FAIL(line); });
      REQUIRE(found);
      CHECK(write(taken, with_samples(after), *found) ==
            write(computed, with_samples(after), result));
    }
  }
}

TEST_CASE("a variant is any entry of its algorithm whose runs have the same settings") {
  const example::Folder folder;
  const auto with = [](const char* algorithms, const std::string& more = "training.steps=100") {
    return example::configuration({std::string("grid.algorithm=") + algorithms, more});
  };
  const configuration::Configuration old = with("sam, sam(sam-radius=0.2), lazy");
  const fs::path file = make_file(folder / "old.h5", old);
  /// For each algorithm of `here`, the algorithm of the earlier file that its last point comes from; -1 for none.
  const auto sources = [&](const configuration::Configuration& here) {
    const EarlierResults earlier(here, {file});
    std::vector<int> found;
    for (std::int64_t a = 0; a < std::ssize(here.grid.algorithm); ++a) {
      found.push_back(-1);
      const configuration::GridPoint point{a, 1, 1, 1, 2};
      const auto result = earlier.point(point, [](const std::string& line) { FAIL(line); });
      for (std::int64_t b = 0; result && b < 3; ++b) {
        const grid::PointResult there = example::result(old, {b, 1, 1, 1, 2});
        if (example::same_figures(result->record, there.record)) {
          found.back() = static_cast<int>(b);
        }
      }
    }
    return found;
  };
  using Found = std::vector<int>;
  CHECK(sources(with("sam(sam-radius=0.05), sam(sam-radius=0.2|0.4), lazy")) == Found{0, 1, -1, 2});
  CHECK(sources(with("sam, sam(sam-radius=0.05), sgd", "training.sam-radius=0.2")) ==
        Found{1, 0, -1});
  CHECK(sources(with("lazy(steps=100), sam(steps=7)", "output.history=0")) == Found{2, -1});
  const std::string begin = file.string() + ": no point can be copied from it: ";
  CHECK(refusal(with("sam(sam-radius=0.3)"), {file}) ==
        begin + "training.sam-radius = 0.05 there, 0.3 here");
  // The steps of the history are those of the algorithm of the grid with the most steps.
  CHECK(refusal(with("lazy(steps=100), sam(steps=700)"), {file}) ==
        begin + "the history goes on to step 100 there, 700 here");
}

TEST_CASE("a damaged point is not copied, unless another file also has it") {
  const example::Folder folder;
  const configuration::Configuration grid = example::configuration();
  const fs::path whole = make_file(folder / "whole.h5", grid);
  const fs::path damaged = make_file(folder / "damaged.h5", grid);
  const configuration::GridPoint point{1, 0, 1, 0, 2};
  damage(damaged, "/population_loss", point);
  Lines lines;
  const auto complain = [&](const std::string& line) { lines.push_back(line); };
  CHECK_FALSE(EarlierResults(grid, {damaged}).point(point, complain));
  REQUIRE(lines.size() == 1);
  CHECK(lines.front() == damaged.string() + ": " + configuration::describe(grid.grid, point) +
                             ": its checksum does not match its numbers; the point is not copied");
  CHECK(EarlierResults(grid, {damaged}).point({1, 0, 1, 0, 1}, complain));
  CHECK(EarlierResults(grid, {whole, damaged}).point(point, complain));
  CHECK(lines.size() == 1);
  CHECK(EarlierResults(grid, {damaged, whole}).point(point, complain));
  CHECK(lines.size() == 2);
}

TEST_CASE("the file of a part provides the points of that part only") {
  const example::Folder folder;
  const configuration::Configuration grid = example::configuration();
  const grid::Part part{.index = 2, .count = 3};
  const EarlierResults earlier(grid, {make_file(folder / "part.h5", grid, part)});
  const std::vector<bool> finished = earlier.finished();
  for (std::int64_t flat = 3; flat < grid.grid.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(grid.grid, flat);
    CHECK(finished[static_cast<std::size_t>(flat)] == part.contains(grid.grid, point));
  }
}

TEST_CASE("a campaign can write an earlier file that is open for copying") {
  const example::Folder folder;
  const configuration::Configuration grid = example::configuration();
  const fs::path file = make_file(folder / "old.h5", grid);
  // HDF5 opens a file only once in a process. The writer is therefore a child process, forked before this one
  // opens the file.
  std::array<int, 2> begin{};
  REQUIRE(pipe(begin.data()) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char go = 0;
    bool written = read(begin[0], &go, 1) == 1;
    try {
      results::ResultsWriter(file, grid).write({}, example::result(grid, {}));
    } catch (const std::exception&) {
      written = false;
    }
    _exit(written ? 0 : 1);
  }
  const EarlierResults earlier(grid, {file});
  const auto none = [](const std::string& line) { FAIL(line); };
  CHECK_FALSE(earlier.point({}, none));
  CHECK(write(begin[1], "", 1) == 1);
  int state = 1;
  waitpid(child, &state, 0);
  CHECK(state == 0);
  CHECK(earlier.point({}, none));
  close(begin[0]);
  close(begin[1]);
}

TEST_CASE("files without a usable point are refused, and points of another build are not copied") {
  const example::Folder folder;
  const configuration::Configuration grid = example::configuration();
  const fs::path file = make_file(folder / "old.h5", grid);
  const auto refused = [&](const std::vector<std::string>& overrides) {
    return refusal(example::configuration(overrides), {file});
  };
  const std::string begin = file.string() + ": no point can be copied from it: ";
  CHECK(refused({"training.steps=77"}) == begin + "training.steps = 100 there, 77 here");
  CHECK(refused({"flatness.top-eigenvalue=true"}) ==
        begin + "flatness.top-eigenvalue = false there, true here");
  CHECK(refused({"output.networks=false", "output.history=0", "output.writer=gather"}) ==
        "accepted");
  CHECK(refused({"grid.seed=4..5"}) ==
        begin + "it has no point of this grid: grid.seed = 3, 1, 2 there, 4, 5 here");
  CHECK_THAT(refused({"grid.algorithm=sgd"}), Contains("grid.algorithm = teacher, lazy there"));
  CHECK(refusal(grid, {file, file}) == file.string() + ": is given twice");
  const fs::path absent = folder / "absent.h5";
  CHECK(refusal(grid, {file, absent}) == absent.string() + ": there is no such file");

  for (const char* attribute : {"flatgrid_version", "git_commit", "build"}) {
    const fs::path other = make_file(folder / (std::string(attribute) + ".h5"), grid);
    set_text(other, attribute, "another");
    const EarlierResults alone(grid, {other});
    CHECK(alone.of_another_build() == std::vector{other});
    CHECK(alone.finished() == std::vector<bool>(48));
    CHECK_FALSE(alone.point({1}, [](const std::string&) {}));
    const EarlierResults with_another(grid, {other, file});
    CHECK(with_another.of_another_build() == std::vector{other});
    CHECK(with_another.point({1}, [](const std::string&) {}));
  }
}
