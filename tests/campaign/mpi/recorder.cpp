// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/recorder.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/parallel/barrier.hpp"
#include "flatgrid/results/layout.hpp"
#include "flatgrid/results/reader.hpp"
#include "parallel/shared_folder.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;
using test::SharedFolder;

TEST_CASE("a rank whose message rank 0 has not received is behind, and does not block") {
  const SharedFolder folder;
  const auto& world = folder.world;
  std::istringstream text(
      fmt::format("[grid]\nalgorithm = teacher\nsamples = 8\nnoise = 0\nwidth = 4\nseed = 1..{}\n"
                  "[problem]\ndimension = 3\nindices = 2\n[output]\nwriter = gather\n",
                  4 * world.size()));
  const configuration::Configuration configuration =
      configuration::parse_configuration(text, "test.cfg");
  const auto file = folder / "results.h5";
  parallel::agreed_on_root(world, [&] { results::create_results_file(file, configuration); });
  Stop stop(monotonic_seconds);
  Watchdog watchdog(
      stop, [](StopReason) { return 60.0; }, [] {});
  Checkpoints checkpoints(file, configuration, [](const std::string&) {});
  const auto recorder = make_recorder(configuration, file, world, watchdog, checkpoints);

  grid::PointResult result;
  result.record.seconds = 1.0;  // too long to be collected with other points
  result.network = {MatrixD::Zero(4, 3), VectorD::Zero(4)};
  result.record.status = grid::Status::done;
  recorder->add({.seed = 4 * world.rank()}, result);
  CHECK_FALSE(recorder->is_behind());
  CHECK(recorder->is_taken() == world.is_root());
  recorder->add({.seed = 4 * world.rank() + 2}, result);
  test::wait_for_all(world);  // meanwhile rank 0 receives nothing
  CHECK(recorder->is_behind() == !world.is_root());

  while (recorder->is_behind() || !recorder->is_taken()) recorder->serve();
  parallel::Barrier barrier(world);
  while (!barrier.all_here()) recorder->serve();
  CHECK_FALSE(recorder->error());
  parallel::agreed_on_root(world, [&] {
    const std::vector<grid::Status> statuses = results::ResultsReader(file).statuses();
    for (std::int64_t flat = 0; flat < 4 * world.size(); ++flat) {
      CHECK(configuration::at(statuses, flat) ==
            (flat % 2 == 0 ? grid::Status::done : grid::Status::pending));
    }
  });
}
