// SPDX-License-Identifier: MIT
// Results files in one process: layout, rows, reading, and everything that can be wrong with a file.
#include <hdf5_hl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "example.hpp"
#include "flatgrid/archive/merge.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/data_set.hpp"
#include "flatgrid/results/format.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/rows.hpp"
#include "flatgrid/results/seal.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using namespace flatgrid::results;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Calls `action` for every point of the grid, in the order of storage.
template <class Action>
void for_all_points(const configuration::Configuration& configuration, Action action) {
  for (std::int64_t k = 0; k < configuration.grid.points(); ++k) {
    action(configuration::grid_point(configuration.grid, k));
  }
}

std::string message_of_reading(const fs::path& file) {
  try {
    const ResultsReader reader(file);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

/// Replaces the list of figures of a group by `names`. Returns these figures.
std::vector<grid::Variable> list_variables(hid_t file, const char* group, const char* names) {
  H5Adelete_by_name(file, group, k_variables_attribute, H5P_DEFAULT);
  const hdf5::Type type = hdf5::text_type();
  const hdf5::Space scalar(H5Screate(H5S_SCALAR));
  const hdf5::Attribute attribute(H5Acreate_by_name(file, group, k_variables_attribute, type,
                                                    scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Awrite(attribute, type, &names);
  std::vector<grid::Variable> variables;
  std::istringstream list(names);
  for (std::string name; list >> name;) {
    variables.push_back(*std::ranges::find(grid::result_variables(), name, &grid::Variable::name));
  }
  return variables;
}

/// Makes a file as of an earlier version, with only some of the figures and in another order.
grid::StoredVariables create_file_of_earlier_version(
    const fs::path& file, const configuration::Configuration& configuration,
    const grid::Part& part = {}) {
  create_results_file(file, configuration, part);
  grid::StoredVariables fewer{.figures = {}, .history = {}, .networks = true};
  {
    const hdf5::File opened = example::open_for_writing(file);
    REQUIRE(H5Ldelete(opened, "/path_norm", H5P_DEFAULT) >= 0);
    REQUIRE(H5Ldelete(opened, "/history/path_norm_history", H5P_DEFAULT) >= 0);
    fewer.figures = list_variables(opened, "/", "steps population_loss seconds flatness_trace");
    fewer.history = list_variables(opened, "/history", "parameter_norm population_loss");
  }
  seal_file(file, file);
  return fewer;
}

// Exit codes of a child process of a test.
constexpr int k_right = 0;
constexpr int k_wrong = 1;
constexpr int k_cannot_mount = 2;

}  // namespace

TEST_CASE("a new results file is complete and pending", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "new.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  CHECK(folder.contents() == std::vector<std::string>{"new.h5"});

  const ResultsReader reader(file);
  CHECK(reader.configuration_text() == configuration::canonical_text(configuration));
  CHECK(configuration::canonical_text(reader.configuration()) ==
        configuration::canonical_text(configuration));
  CHECK(reader.statuses() == std::vector<grid::Status>(48, grid::Status::pending));
  CHECK(reader.variables().figures.size() == grid::stored_variables(configuration).figures.size());
  for (const grid::Variable& variable : reader.variables().figures) {
    const std::vector<double> values = reader.variable(variable.name);
    CHECK(values.size() == 48);
    CHECK(std::ranges::all_of(values, [](double value) { return std::isnan(value); }));
  }
  CHECK_THROWS_WITH(reader.variable("curvature"), Contains("new.h5") && Contains("'curvature'"));
  CHECK_THROWS_WITH(reader.attribute("author"), Contains("new.h5") && Contains("'author'"));
  for (const char* name : {"title", "flatgrid_version", "git_commit", "build", "created",
                           "Conventions", "loss_convention"}) {
    CHECK(!reader.attribute(name).empty());
  }
  CHECK_THAT(reader.attribute("created"), Catch::Matches("20\\d\\d-\\d\\d-\\d\\dT[\\d:]{8}Z"));
  CHECK_THAT(reader.attribute("build"), Contains("HDF5 1.") && Contains("Eigen 3."));
}

TEST_CASE("a history or networks that are not asked for take no space", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "thin.h5";
  const configuration::Configuration configuration =
      example::configuration({"output.history=0", "output.networks=false", "output.data=false"});
  create_results_file(file, configuration);
  {
    const hdf5::File opened = example::open_for_writing(file);
    for (const char* path : {"history", "networks", "data"}) {
      CHECK(H5Lexists(opened, path, H5P_DEFAULT) == 0);
    }
    Rows rows(opened, file, configuration);
    for_all_points(configuration, [&](const configuration::GridPoint& point) {
      rows.write(point, example::result(configuration, point));
    });
  }
  const ResultsReader reader(file);
  for_all_points(configuration, [&](const configuration::GridPoint& point) {
    const grid::PointResult expected = example::result(configuration, point);
    const grid::PointResult stored = reader.point(point);
    CHECK(example::same_figures(stored.record, expected.record));
    CHECK(stored.history.size() == 0);
    CHECK(stored.network.width() == 0);
    CHECK(reader.stored_checksum(point) == grid::checksum(expected, reader.variables()));
    CHECK(reader.stored_checksum(point) == grid::checksum(stored, reader.variables()));
  });
}

TEST_CASE("a row that cannot be read back as written stays pending", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "corrupt.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  const configuration::GridPoint point{};
  {
    const hdf5::File opened = example::open_for_writing(file);
    // Two names for one dataset simulate a system that writes bytes to the wrong place: the figure that is
    // written later overwrites the earlier one.
    REQUIRE(H5Ldelete(opened, "/path_norm", H5P_DEFAULT) >= 0);
    REQUIRE(H5Lcreate_hard(opened, "/parameter_norm", opened, "/path_norm", H5P_DEFAULT,
                           H5P_DEFAULT) >= 0);
    Rows rows(opened, file, configuration);
    CHECK_THROWS_WITH(rows.write(point, example::result(configuration, point)),
                      Contains("corrupt.h5: ") &&
                          Contains("the bytes read back differ from the bytes written") &&
                          Contains("OMPI_MCA_io=romio321") && Contains("output.writer = gather"));
  }
  seal_file(file, file);  // the second name changed the metadata
  CHECK(ResultsReader(file).statuses() == std::vector<grid::Status>(48, grid::Status::pending));
}

TEST_CASE("rows written together equal rows written one by one", "[results]") {
  const example::Folder folder;
  const configuration::Configuration configuration =
      example::configuration({"grid.algorithm=teacher, flattest", "grid.seed=0..4"});
  const auto point = [](std::size_t i) {
    return configuration::GridPoint{
        .algorithm = 1, .width = 1, .seed = 1 + static_cast<std::int64_t>(i)};
  };
  std::vector<grid::PointResult> results;
  for (std::size_t i = 0; i < 3; ++i) {
    results.push_back(example::result(configuration, point(i)));
    results.back().message = std::string(5 * i, 'm');
    results.back().multipliers = VectorD::Constant(2 + static_cast<Index>(i), 0.5);
  }
  results[1] = grid::PointResult{};  // a failed point, without history and network
  results[1].record.status = grid::Status::failed;

  const auto content_of_file = [&](const std::function<void(Rows&)>& write) {
    const fs::path file = folder / "rows.h5";
    fs::remove(file);
    create_results_file(file, configuration);
    {
      const hdf5::File opened = example::open_for_writing(file);
      Rows rows(opened, file, configuration);
      write(rows);
    }
    const ResultsReader reader(file);
    std::string content;
    for_all_points(configuration, [&](const configuration::GridPoint& at) {
      const grid::PointResult stored = reader.point(at);
      content +=
          fmt::format("{} {} {} {}\n", grid::name_of(stored.record.status), stored.message,
                      grid::checksum(stored, reader.variables()), reader.stored_checksum(at));
    });
    return content;
  };
  CHECK(content_of_file([&](Rows& rows) {
          rows.write(point(0), results);
          const std::vector<grid::PointResult> stored = rows.read(point(0), results.size());
          REQUIRE(stored.size() == results.size());
          for (std::size_t i = 0; i < stored.size(); ++i) {
            CHECK(stored[i].message == results[i].message);
            CHECK(grid::checksum(stored[i], rows.variables()) == rows.read_checksum(point(i)));
          }
        }) == content_of_file([&](Rows& rows) {
          for (std::size_t i = 0; i < results.size(); ++i) rows.write(point(i), results[i]);
        }));
}

TEST_CASE("a point is read back bit by bit as it was written", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "rows.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  {
    const hdf5::File opened = example::open_for_writing(file);
    Rows rows(opened, file, configuration);
    for_all_points(configuration, [&](const configuration::GridPoint& point) {
      rows.write(point, example::result(configuration, point));
    });
  }
  const ResultsReader reader(file);
  CHECK(reader.statuses() == std::vector<grid::Status>(48, grid::Status::done));
  const std::vector<double> population_losses = reader.variable("population_loss");
  for_all_points(configuration, [&](const configuration::GridPoint& point) {
    const grid::PointResult expected = example::result(configuration, point);
    const grid::PointResult stored = reader.point(point);
    CHECK(example::same_figures(stored.record, expected.record));
    CHECK(example::same_bits(stored.history, expected.history));
    CHECK(example::same_bits(stored.network.inner, expected.network.inner));
    CHECK(example::same_bits(stored.network.outer, expected.network.outer));
    CHECK(reader.stored_checksum(point) == grid::checksum(expected, reader.variables()));
    CHECK(population_losses[static_cast<std::size_t>(configuration::flat_index(
              configuration.grid, point))] == expected.record.population_loss);
  });
}

TEST_CASE("a file is read and written with the variables that it lists, in its order",
          "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "listed.h5";
  const configuration::Configuration configuration = example::configuration();
  const configuration::GridPoint point{1, 0, 1, 1, 2};
  const grid::StoredVariables fewer = create_file_of_earlier_version(file, configuration);
  {
    const hdf5::File opened = example::open_for_writing(file);
    Rows(opened, file, configuration).write(point, example::result(configuration, point));
  }

  const ResultsReader reader(file);
  const grid::PointResult expected = example::result(configuration, point);
  const grid::PointResult stored = reader.point(point);
  CHECK(reader.stored_checksum(point) == grid::checksum(expected, fewer));
  CHECK(reader.stored_checksum(point) == grid::checksum(stored, reader.variables()));
  CHECK(stored.record.steps == expected.record.steps);
  CHECK(stored.record.flatness_trace == expected.record.flatness_trace);
  CHECK(std::isnan(stored.record.path_norm));
  REQUIRE(stored.history.cols() == expected.history.cols());
  for (Index column = 0; column < stored.history.cols(); ++column) {
    const bool listed = column == 1 || column == 6;  // population_loss and parameter_norm
    CHECK((listed ? example::same_bits(stored.history.col(column), expected.history.col(column))
                  : stored.history.col(column).array().isNaN().all()));
  }
}

TEST_CASE("files of an earlier version are merged into one with the same variables", "[results]") {
  const example::Folder folder;
  const configuration::Configuration configuration = example::configuration();
  std::vector<fs::path> parts;
  grid::StoredVariables fewer;
  for (std::int64_t index = 1; index <= 2; ++index) {
    const grid::Part part{.index = index, .count = 2};
    parts.push_back(folder / fmt::format("{}.h5", index));
    fewer = create_file_of_earlier_version(parts.back(), configuration, part);
    const hdf5::File opened = example::open_for_writing(parts.back());
    Rows rows(opened, parts.back(), configuration);
    for_all_points(configuration, [&](const configuration::GridPoint& point) {
      if (!part.contains(configuration.grid, point)) return;
      rows.write(point, example::result(configuration, point));
    });
  }
  const fs::path out = folder / "out.h5";
  const archive::MergeOutcome outcome =
      archive::merge_results(out, parts, [](const std::string& line) { FAIL_CHECK(line); });
  CHECK(outcome.finished == 48);
  const ResultsReader reader(out);
  CHECK(reader.attribute("variables") == "steps population_loss seconds flatness_trace");
  for_all_points(configuration, [&](const configuration::GridPoint& point) {
    CHECK(reader.stored_checksum(point) ==
          grid::checksum(example::result(configuration, point), fewer));
  });

  parts.push_back(folder / "new.h5");
  create_results_file(parts.back(), configuration);
  CHECK_THROWS_WITH(archive::merge_results(folder / "mixed.h5", parts, [](const std::string&) {}),
                    Contains("new.h5: lists other variables than"));
  CHECK(!fs::exists(folder / "mixed.h5"));
}

TEST_CASE("the predicted size is that of the file within a few kB", "[results]") {
  const example::Folder folder;
  const std::vector<std::vector<std::string>> grids = {
      {},
      {"output.history=0", "output.networks=false", "output.data=false"},
      {"output.history=0", "grid.width=2..40", "grid.seed=0..9"},
      {"grid.algorithm=flattest,lazy", "flatness.top-eigenvalue=true", "problem.dimension=200"},
      {"grid.algorithm=teacher, sgd(learning-rate=0.1|auto, batch=8|9, polish=no), lazy"},
  };
  for (const auto& overrides : grids) {
    const configuration::Configuration configuration = example::configuration(overrides);
    const fs::path file = folder / "size.h5";
    create_results_file(file, configuration);
    const auto size = static_cast<double>(fs::file_size(file));
    // HDF5 stores headers and texts in blocks of up to 4 kB, parts of which stay empty.
    CHECK(std::abs(results_bytes(configuration) - size) < 6000 + 0.05 * size);
    fs::remove(file);
  }
}

TEST_CASE("a failed point without history and network is stored as NaN, and may be written again",
          "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "failed.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  const configuration::GridPoint point{1, 0, 1, 1, 2};
  grid::PointResult failed;
  failed.record.status = grid::Status::failed;
  failed.record.seconds = 0.5;

  const auto write = [&](const grid::PointResult& result) {
    const hdf5::File opened = example::open_for_writing(file);
    Rows(opened, file, configuration).write(point, result);
  };
  const auto is_whole = [&] {
    const ResultsReader reader(file);
    return reader.stored_checksum(point) == grid::checksum(reader.point(point), reader.variables());
  };
  write(example::result(configuration, point));
  write(failed);
  CHECK(is_whole());
  {
    const grid::PointResult stored = ResultsReader(file).point(point);
    CHECK(stored.record.status == grid::Status::failed);
    CHECK(stored.history.rows() == 5);
    CHECK(stored.history.array().isNaN().all());
    CHECK(stored.network.inner.array().isNaN().all());
    CHECK(stored.network.outer.array().isNaN().all());
  }
  write(example::result(configuration, point));
  CHECK(is_whole());
  CHECK(ResultsReader(file).point(point).record.status == grid::Status::done);
}

TEST_CASE("every dimension has a name, and every dataset has units and a long name", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "dimensions.h5";
  create_results_file(file, example::configuration());
  const hdf5::File opened = example::open_for_writing(file);

  std::map<std::string, std::vector<std::string>> dimensions;
  for (const std::string& path : hdf5::dataset_paths(opened, file)) {
    INFO(path);
    const hdf5::Dataset dataset(H5Dopen2(opened, path.c_str(), H5P_DEFAULT));
    CHECK(H5Aexists(dataset, "units") > 0);
    CHECK(H5Aexists(dataset, "long_name") > 0);
    if (H5DSis_scale(dataset) > 0) continue;
    const hdf5::Space space(H5Dget_space(dataset));
    std::vector<std::string>& names = dimensions[path];
    for (int k = 0; k < H5Sget_simple_extent_ndims(space); ++k) {
      const auto name_of_scale = [](hid_t, unsigned, hid_t scale, void* names) -> herr_t {
        char name[64] = {};
        H5DSget_scale_name(scale, name, sizeof name);
        static_cast<std::vector<std::string>*>(names)->emplace_back(name);
        return 0;
      };
      H5DSiterate_scales(dataset, static_cast<unsigned>(k), nullptr, name_of_scale, &names);
    }
  }

  using Names = std::vector<std::string>;
  const Names grid = {"algorithm", "samples", "noise", "width", "seed"};
  const Names history = {"algorithm", "samples", "noise", "width", "seed", "step"};
  CHECK(dimensions.at("status") == grid);
  CHECK(dimensions.at("checksum") == grid);
  const grid::StoredVariables variables = grid::stored_variables(example::configuration());
  for (const grid::Variable& variable : variables.figures) {
    CHECK(dimensions.at(std::string(variable.name)) == grid);
  }
  for (const grid::Variable& variable : variables.history) {
    CHECK(dimensions.at(fmt::format("history/{}_history", variable.name)) == history);
  }
  for (const std::string group : {"networks/width_4/", "networks/width_7/"}) {
    CHECK(dimensions.at(group + "inner") ==
          Names{"algorithm", "samples", "noise", "seed", "neuron", "dimension"});
    CHECK(dimensions.at(group + "outer") ==
          Names{"algorithm", "samples", "noise", "seed", "neuron"});
  }
  CHECK(dimensions.at("data/inputs") == Names{"seed", "sample", "dimension"});
  CHECK(dimensions.at("data/target") == Names{"seed", "sample"});
  CHECK(dimensions.at("data/label_noise") == Names{"seed", "sample"});
  CHECK(dimensions.at("data/index_directions") == Names{"seed", "indices", "dimension"});
  CHECK(dimensions.at("data/coefficients") == Names{"seed", "indices"});
}

TEST_CASE("the data sets of the largest sample size are stored", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "data.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  const hdf5::File opened = example::open_for_writing(file);
  const auto read = [&](const char* path, std::size_t size) {
    const hdf5::Dataset dataset(H5Dopen2(opened, path, H5P_DEFAULT));
    const hdf5::Space space(H5Dget_space(dataset));
    REQUIRE(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) == size);
    std::vector<double> values(size);
    H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    return values;
  };
  const auto inputs = read("data/inputs", 3 * 20 * 3);
  const auto target = read("data/target", 3 * 20);
  const auto noise = read("data/label_noise", 3 * 20);
  const auto directions = read("data/index_directions", 3 * 2 * 3);
  const auto coefficients = read("data/coefficients", 3 * 2);

  for (std::size_t seed = 0; seed < 3; ++seed) {
    const std::int64_t number = configuration.grid.seed[seed];
    const problem::IndexModel model = problem::Problem(configuration.problem).index_model(number);
    const problem::DataSet data =
        problem::Problem(configuration.problem).data_set(model, number, 20);
    for (std::size_t i = 0; i < 20; ++i) {
      const auto sample = static_cast<Index>(i);
      CHECK(target[seed * 20 + i] == data.target(sample));
      CHECK(noise[seed * 20 + i] == data.noise(sample));
      for (std::size_t k = 0; k < 3; ++k) {
        CHECK(inputs[(seed * 20 + i) * 3 + k] == data.inputs(static_cast<Index>(k), sample));
      }
    }
    for (std::size_t s = 0; s < 2; ++s) {
      CHECK(coefficients[seed * 2 + s] == model.coefficients(static_cast<Index>(s)));
      for (std::size_t k = 0; k < 3; ++k) {
        CHECK(directions[(seed * 2 + s) * 3 + k] ==
              model.directions(static_cast<Index>(s), static_cast<Index>(k)));
      }
    }
  }
}

TEST_CASE("creation overwrites nothing and leaves nothing behind when it fails", "[results]") {
  const example::Folder folder;
  const configuration::Configuration configuration = example::configuration();
  const auto create = [&](const fs::path& file) { create_results_file(file, configuration); };

  example::write_contents(folder / "thesis.txt", "ten years of work");
  fs::create_directory(folder / "folder");
  fs::create_symlink("nowhere", folder / "link");
  for (const char* name : {"thesis.txt", "folder", "link"}) {
    CHECK_THROWS_WITH(create(folder / name), Contains(name) && Contains("exists already"));
  }
  CHECK(test::contents(folder / "thesis.txt") == "ten years of work");

  CHECK_THROWS_WITH(create(folder / "missing/a.h5"),
                    Contains("missing/a.h5") && Contains("there is no folder"));
  CHECK_THROWS_WITH(create(folder / "thesis.txt/a.h5"), Contains("thesis.txt/a.h5"));
  CHECK_THROWS_WITH(create(folder / std::string(300, 'x')), Contains("File name too long"));
  CHECK_THROWS_WITH(create("/proc/a.h5"), Contains("/proc/a.h5: cannot create"));
  CHECK(folder.contents().size() == 3);

  // The next creation removes the temporary file that a killed creation has left.
  example::write_contents(folder / "a.h5.creating-0123456789abcdef", "half a file");
  create(folder / "a.h5");
  CHECK(folder.contents().size() == 4);
}

TEST_CASE("a disk that fills up during creation is an error, and no file is left", "[results]") {
  const example::Folder folder;
  const configuration::Configuration configuration = example::configuration();
  create_results_file(folder / "size.h5", configuration);
  const auto size = fs::file_size(folder / "size.h5");

  // A child process mounts small file systems in memory, which no other process sees. The end of the process is part
  // of the test, because HDF5 1.10 tends to crash there.
  const auto fill_disks = [&] {
    const uid_t user = geteuid();
    const gid_t group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return k_cannot_mount;
    example::write_contents("/proc/self/setgroups", "deny");
    example::write_contents("/proc/self/uid_map", fmt::format("0 {} 1", user));
    example::write_contents("/proc/self/gid_map", fmt::format("0 {} 1", group));
    for (std::uintmax_t bytes = 4096; bytes < size + 4096; bytes += 4096) {
      const fs::path disk = folder / fmt::format("disk_{}", bytes);
      fs::create_directory(disk);
      const std::string options = fmt::format("size={}", bytes);
      if (mount("tmpfs", disk.c_str(), "tmpfs", 0, options.c_str()) != 0) return k_cannot_mount;
      try {
        create_results_file(disk / "a.h5", configuration);
        if (bytes < size) return k_wrong;
      } catch (const Error& error) {
        const std::string message = error.what();
        if (!message.starts_with((disk / "a.h5: cannot ").string()) ||
            !message.ends_with(": No space left on device") || !fs::is_empty(disk)) {
          return k_wrong;
        }
      }
    }
    return k_right;
  };
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) std::exit(fill_disks());
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == k_cannot_mount) {
    WARN("may not mount small file systems here: not tested");
  } else {
    CHECK(WEXITSTATUS(status) == k_right);
  }
}

TEST_CASE("a row that cannot be written is an error, and its point remains pending", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "full.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  const configuration::GridPoint failed_before{0, 1, 0, 1, 0};
  {
    const hdf5::File opened = example::open_for_writing(file);
    Rows rows(opened, file, configuration);
    grid::PointResult failed;
    failed.record.status = grid::Status::failed;
    rows.write(failed_before, failed);

    const hdf5::Dataset seconds(H5Dopen2(opened, "/seconds", H5P_DEFAULT));
    const example::FileSizeLimit limit(H5Dget_offset(seconds));
    CHECK_THROWS_WITH(rows.write(failed_before, example::result(configuration, failed_before)),
                      Contains("full.h5: cannot write '/seconds': File too large"));
  }
  CHECK(ResultsReader(file).statuses() == std::vector<grid::Status>(48, grid::Status::pending));
}

TEST_CASE("a file can be read while it is written", "[results]") {
  const example::Folder folder;
  const fs::path file = folder / "live.h5";
  const configuration::Configuration configuration = example::configuration();
  create_results_file(file, configuration);
  const hdf5::File opened = example::open_for_writing(file);
  Rows rows(opened, file, configuration);
  const ResultsReader reader(file);
  const configuration::GridPoint point{1, 1, 0, 0, 1};
  CHECK(reader.point(point).record.status == grid::Status::pending);
  rows.write(point, example::result(configuration, point));
  CHECK(reader.point(point).record.status == grid::Status::done);
  CHECK(std::ranges::count(reader.statuses(), grid::Status::done) == 1);
  CHECK(reader.stored_checksum(point) == grid::checksum(reader.point(point), reader.variables()));
}

TEST_CASE("a file that is not a results file is refused with one line", "[results]") {
  const example::Folder folder;
  const fs::path good = folder / "good.h5";
  create_results_file(good, example::configuration());
  const std::string bytes = test::contents(good);
  const auto damaged = [&](const std::string& name, auto damage) {
    const fs::path file = folder / name;
    fs::copy_file(good, file);
    {
      const hdf5::File opened = example::open_for_writing(file);
      damage(opened);
    }
    seal_file(file, file);  // a sealed file need not be a results file
    return file;
  };
  const auto replace_attribute = [](hid_t file, const char* name, hid_t type, const void* value) {
    H5Adelete(file, name);
    const hdf5::Space scalar(H5Screate(H5S_SCALAR));
    const hdf5::Attribute attribute(H5Acreate2(file, name, type, scalar, H5P_DEFAULT, H5P_DEFAULT));
    H5Awrite(attribute, type, value);
  };

  std::vector<std::pair<fs::path, std::string>> cases = {
      {folder / "missing.h5", "there is no such file"},
      {folder / ".", "is a folder, not a results file"},
      {"/dev/null", "is not a regular file"},
  };
  const auto add = [&](const std::string& name, std::string_view content, const char* message) {
    example::write_contents(folder / name, content);
    cases.emplace_back(folder / name, message);
  };
  add("empty.h5", "", "is empty");
  add("short.h5", "\x89HDF", "is not an HDF5 file");
  add("text.h5", "[grid]\nalgorithm = teacher\n", "is not an HDF5 file");
  add("truncated.h5", std::string_view(bytes).substr(0, bytes.size() / 2), "is truncated");
  add("one_byte_short.h5", std::string_view(bytes).substr(0, bytes.size() - 1), "is truncated");
  add("head.h5", std::string_view(bytes).substr(0, 20), "is truncated");
  cases.emplace_back(damaged("other.h5", [](hid_t file) { H5Adelete(file, "flatgrid_format"); }),
                     "is an HDF5 file, but no results file of flatgrid");
  cases.emplace_back(damaged("version.h5",
                             [&](hid_t file) {
                               const std::int32_t version = 99;
                               replace_attribute(file, "flatgrid_format", H5T_NATIVE_INT32,
                                                 &version);
                             }),
                     "has results format 99, and this flatgrid ");
  cases.emplace_back(
      damaged("version_1.h5",
              [&](hid_t file) {
                const std::int32_t version = 1;
                replace_attribute(file, "flatgrid_format", H5T_NATIVE_INT32, &version);
              }),
      "was written by flatgrid 0.1 (results format 1, with an axis called method): "
      "read it with flatgrid 0.1, or compute the campaign again with this flatgrid ");
  cases.emplace_back(
      damaged("unlisted.h5", [](hid_t file) { H5Adelete(file, k_variables_attribute); }),
      "'variables'");
  cases.emplace_back(damaged("newer.h5",
                             [&](hid_t file) {
                               const char* text = "train_loss curvature";
                               replace_attribute(file, "variables", hdf5::text_type(), &text);
                             }),
                     "has the figure 'curvature', which this flatgrid ");
  cases.emplace_back(damaged("no_config.h5", [](hid_t file) { H5Adelete(file, "config"); }),
                     "'config'");
  cases.emplace_back(damaged("number.h5",
                             [&](hid_t file) {
                               const std::int32_t number = 5;
                               replace_attribute(file, "config", H5T_NATIVE_INT32, &number);
                             }),
                     "attribute 'config' is damaged: it is not a text");
  cases.emplace_back(damaged("config.h5",
                             [&](hid_t file) {
                               const char* text = "[grid]\nwidth = -3\n";
                               replace_attribute(file, "config", hdf5::text_type(), &text);
                             }),
                     "attribute 'config'");
  cases.emplace_back(
      damaged("no_dataset.h5",
              [](hid_t file) { H5Ldelete(file, "networks/width_7/inner", H5P_DEFAULT); }),
      "cannot open '/networks/width_7/inner'");
  cases.emplace_back(damaged("shape.h5",
                             [](hid_t file) {
                               H5Ldelete(file, "steps", H5P_DEFAULT);
                               const hsize_t size = 48;
                               H5LTmake_dataset_double(file, "steps", 1, &size,
                                                       std::vector<double>(48).data());
                             }),
                     "'/steps' is damaged: its shape is (48), not (2, 2, 2, 2, 3)");

  for (const auto& [file, expected] : cases) {
    const std::string message = message_of_reading(file);
    INFO(file);
    CHECK_THAT(message, Catch::StartsWith(file.string() + ": ") && Contains(expected));
    CHECK_THAT(message, !Contains("\n"));
  }

  const fs::path status = damaged("status.h5", [](hid_t file) {
    const hdf5::Dataset dataset(H5Dopen2(file, "status", H5P_DEFAULT));
    H5Dwrite(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT,
             std::vector<std::int32_t>(48, 9).data());
  });
  CHECK_THROWS_WITH(ResultsReader(status).statuses(),
                    Contains("status.h5") && Contains("9 is no status"));
}
