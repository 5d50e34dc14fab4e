// SPDX-License-Identifier: MIT
// Many ranks write one results file.
#include "flatgrid/results/writer.hpp"

#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "../example.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "flatgrid/results/rows.hpp"
#include "parallel/shared_folder.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using namespace flatgrid::results;
using Catch::Contains;
using test::SharedFolder;
using test::wait_for_all;
namespace fs = std::filesystem;

TEST_CASE("the file that ranks write is byte for byte that of one process", "[results]") {
  const auto world = parallel::Communicator::world();
  const SharedFolder folder;
  const fs::path file = folder / "parallel.h5";
  const fs::path serial = folder / "serial.h5";
  const configuration::Configuration configuration = example::configuration();
  if (world.is_root()) {
    create_results_file(serial, configuration);
    fs::copy_file(serial, file);
    const hdf5::Properties access = hdf5::access_properties();
    const hdf5::File opened(H5Fopen(serial.c_str(), H5F_ACC_RDWR, access));
    Rows rows(opened, serial, configuration);
    for (std::int64_t k = 0; k < configuration.grid.points(); ++k) {
      const configuration::GridPoint point = configuration::grid_point(configuration.grid, k);
      rows.write(point, example::result(configuration, point));
    }
  }
  wait_for_all(world);
  {
    ResultsWriter writer(file, configuration, world.handle());
    // The points are written backwards, so that order and neighbours differ from those in the file.
    for (std::int64_t k = configuration.grid.points() - 1 - world.rank(); k >= 0;
         k -= world.size()) {
      const configuration::GridPoint point = configuration::grid_point(configuration.grid, k);
      writer.write(point, example::result(configuration, point));
    }
  }
  wait_for_all(world);
  CHECK((test::contents(file) == test::contents(serial)));
  const ResultsReader reader(file);
  CHECK(reader.statuses() == std::vector<grid::Status>(48, grid::Status::done));
}

TEST_CASE("a results file can be read while ranks write it", "[results]") {
  const auto world = parallel::Communicator::world();
  const SharedFolder folder;
  const fs::path file = folder / "live.h5";
  const configuration::Configuration configuration = example::configuration();
  if (world.is_root()) create_results_file(file, configuration);
  wait_for_all(world);
  ResultsWriter writer(file, configuration, world.handle());
  CHECK(ResultsReader(file).configuration_text() == configuration::canonical_text(configuration));
  const configuration::GridPoint point =
      configuration::grid_point(configuration.grid, world.rank());
  writer.write(point, example::result(configuration, point));
  CHECK(ResultsReader(file).point(point).record.status == grid::Status::done);
  wait_for_all(world);
  CHECK(std::ranges::count(ResultsReader(file).statuses(), grid::Status::done) == world.size());
  wait_for_all(world);
}

TEST_CASE("a rank that cannot write throws; the rows of the others are whole", "[results]") {
  const auto world = parallel::Communicator::world();
  const SharedFolder folder;
  const fs::path file = folder / "full.h5";
  const configuration::Configuration configuration = example::configuration();
  if (world.is_root()) create_results_file(file, configuration);
  wait_for_all(world);
  const int unlucky = world.size() - 1;
  {
    ResultsWriter writer(file, configuration, world.handle());
    const configuration::GridPoint point =
        configuration::grid_point(configuration.grid, world.rank());
    if (world.rank() == unlucky) {
      const example::FileSizeLimit limit(fs::file_size(file) / 2);
      CHECK_THROWS_WITH(writer.write(point, example::result(configuration, point)),
                        Contains("full.h5: cannot write '/"));
    } else {
      writer.write(point, example::result(configuration, point));
    }
  }
  wait_for_all(world);
  const ResultsReader reader(file);
  const std::vector<grid::Status> statuses = reader.statuses();
  for (int rank = 0; rank < world.size(); ++rank) {
    CHECK(statuses[static_cast<std::size_t>(rank)] ==
          (rank == unlucky ? grid::Status::pending : grid::Status::done));
  }
}

TEST_CASE("a file that cannot be opened is the same error on all ranks", "[results]") {
  const auto world = parallel::Communicator::world();
  const SharedFolder folder;
  const configuration::Configuration configuration = example::configuration();
  const fs::path missing = folder / "missing.h5";
  const fs::path text = folder / "text.h5";
  const fs::path other = folder / "other.h5";
  if (world.is_root()) {
    std::ofstream(text) << "not HDF5\n";
    create_results_file(other, configuration);
  }
  wait_for_all(world);
  const auto open = [&](const fs::path& file, const configuration::Configuration& expected) {
    const ResultsWriter writer(file, expected, world.handle());
  };
  CHECK_THROWS_AS(open(missing, configuration), parallel::AgreedError);
  CHECK_THROWS_WITH(open(missing, configuration), Contains("missing.h5: cannot open"));
  CHECK_THROWS_WITH(open(text, configuration), Contains("text.h5: is not an HDF5 file"));
  CHECK_THROWS_WITH(open(other, example::configuration({"grid.width=4,9"})),
                    Contains("other.h5: cannot open '/networks/width_9/inner'"));
}
