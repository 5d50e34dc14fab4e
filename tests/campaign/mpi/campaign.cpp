// SPDX-License-Identifier: MIT
// Campaigns whose points are computed by made-up functions, on any number of ranks.
#include "flatgrid/campaign/campaign.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/parallel/agreement.hpp"
#include "flatgrid/results/reader.hpp"
#include "parallel/shared_folder.hpp"
#include "scratch.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;
using test::SharedFolder;

namespace {

using Kept = std::optional<grid::PointState>;

configuration::Configuration configuration_of(int seeds, const std::string& more = "") {
  std::istringstream text(
      "[grid]\nalgorithm = teacher, lazy\nsamples = 8\nnoise = 0\nwidth = 4\nseed = 1.." +
      std::to_string(seeds) + "\n[problem]\ndimension = 3\nindices = 2\n" + more);
  return configuration::parse_configuration(text, "test.cfg");
}

/// Made-up figures that depend on the point only.
grid::PointResult silly_result(const configuration::Configuration& configuration,
                               const configuration::GridPoint& point) {
  const auto flat = static_cast<double>(configuration::flat_index(configuration.grid, point));
  grid::PointResult result;
  result.record.status = flat < 3 ? grid::Status::not_interpolating : grid::Status::done;
  result.record.train_loss = 1.0 / (1.0 + flat);
  result.record.population_loss = flat / 3.0;
  const Index width = configuration.grid.width[static_cast<std::size_t>(point.width)];
  result.network = {MatrixD::Constant(width, configuration.problem.dimension, flat + 0.25),
                    VectorD::LinSpaced(width, -flat, flat)};
  return result;
}

/// A report of a point that is being computed.
grid::PointUnderWay state_at(double fraction) { return {.fraction = fraction}; }

/// Computes a made-up point. The time is unrelated to the prediction, so that ranks must help each other.
std::optional<grid::PointResult> silly_point(const grid::Study& study,
                                             const configuration::GridPoint& point,
                                             const grid::GoOn& go_on, Kept) {
  for (std::int64_t i = 0; i < point.seed % 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (!go_on(state_at(0.2 * static_cast<double>(i)))) return std::nullopt;
  }
  return silly_result(study.configuration, point);
}

CampaignOptions quietly(PointFunction compute) {
  static std::ostringstream unread;
  CampaignOptions options;
  options.compute = std::move(compute);
  options.log = &unread;
  return options;
}

/// Options with the clock `now`, on which a made-up point takes one second.
CampaignOptions ticking(double& now) {
  CampaignOptions options =
      quietly([&now](const grid::Study& study, const configuration::GridPoint& point,
                     const grid::GoOn&, Kept) {
        now += 1.0;
        return std::optional(silly_result(study.configuration, point));
      });
  options.clock = [&now] { return now; };
  return options;
}

/// Runs the campaign. `deadline` is in seconds on the options' clock.
CampaignOutcome run(const configuration::Configuration& configuration,
                    const std::filesystem::path& file, const parallel::Communicator& communicator,
                    const CampaignOptions& options,
                    double deadline = std::numeric_limits<double>::infinity()) {
  Stop stop(options.clock);
  stop.set_deadline(deadline);
  return run_campaign(configuration, file, communicator, stop, options);
}

/// All deterministic figures and networks of a file; only rank 0 calls this.
std::vector<double> contents(const std::filesystem::path& file) {
  const results::ResultsReader reader(file);
  std::vector<double> values;
  for (const grid::Status status : reader.statuses()) values.push_back(static_cast<double>(status));
  for (const char* name : {"train_loss", "population_loss"}) {
    std::ranges::copy(reader.variable(name), std::back_inserter(values));
  }
  const configuration::Axes& axes = reader.configuration().grid;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const network::Network<double> network =
        reader.point(configuration::grid_point(axes, flat)).network;
    values.insert(values.end(), network.inner.data(), network.inner.data() + network.inner.size());
    values.insert(values.end(), network.outer.data(), network.outer.data() + network.outer.size());
  }
  return values;
}

/// Rank 0 computes the same campaign alone and compares the files.
void check_same_as_alone(const SharedFolder& folder,
                         const configuration::Configuration& configuration,
                         const std::filesystem::path& file) {
  parallel::agreed_on_root(folder.world, [&] {
    run(configuration, folder / "alone.h5", parallel::Communicator(MPI_COMM_SELF),
        quietly(silly_point));
    CHECK(contents(file) == contents(folder / "alone.h5"));
  });
}

/// The error of a campaign in which rank `unlucky` cannot write to results.h5 from its third point on. A
/// limit on file sizes simulates a full disk: only the first kilobyte can be written, which contains the
/// superblock that HDF5 rewrites when it closes the file.
std::string message_of_unwritable(const configuration::Configuration& configuration,
                                  const SharedFolder& folder, int unlucky) {
  rlimit unlimited{};
  getrlimit(RLIMIT_FSIZE, &unlimited);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  int computed = 0;
  std::string message;
  try {
    run(configuration, folder / "results.h5", folder.world,
        quietly([&](const grid::Study& same, const configuration::GridPoint& point,
                    const grid::GoOn& go_on, Kept) {
          if (folder.world.rank() == unlucky && ++computed == 3) {
            const rlimit limited{.rlim_cur = 1024, .rlim_max = unlimited.rlim_max};
            setrlimit(RLIMIT_FSIZE, &limited);
          }
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
          return silly_point(same, point, go_on, {});
        }));
  } catch (const CampaignFault& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, previous);
  return message;
}

}  // namespace

TEST_CASE("every point is computed once, and the file equals that of one rank") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(30);
  std::vector<int> mine(60, 0);
  const CampaignOutcome outcome = run(
      configuration, folder / "results.h5", folder.world,
      quietly([&](const grid::Study& same, const configuration::GridPoint& point,
                  const grid::GoOn& go_on, Kept) {
        ++mine[static_cast<std::size_t>(configuration::flat_index(same.configuration.grid, point))];
        return silly_point(same, point, go_on, {});
      }));
  CHECK(outcome.exit_code() == ExitCode::success);
  CHECK(outcome.computed == 60);
  CHECK(outcome.left == 0);
  CHECK(outcome.total() == 60);
  CHECK(outcome.count(grid::Status::done) == 57);
  CHECK(outcome.count(grid::Status::not_interpolating) == 3);
  std::vector<int> all(mine.size());
  MPI_Allreduce(mine.data(), all.data(), 60, MPI_INT, MPI_SUM, folder.world.handle());
  CHECK(std::ranges::count(all, 1) == 60);
  check_same_as_alone(folder, configuration, folder / "results.h5");
}

TEST_CASE("a campaign with more ranks than points, and one with no points left, end") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(1);
  for (const std::int64_t computed : {2, 0, 0}) {
    const CampaignOutcome outcome =
        run(configuration, folder / "results.h5", folder.world, quietly(silly_point));
    CHECK(outcome.exit_code() == ExitCode::success);
    CHECK(outcome.computed == computed);
    CHECK(outcome.count(grid::Status::not_interpolating) == 2);
  }
  check_same_as_alone(folder, configuration, folder / "results.h5");
}

TEST_CASE("an idle rank takes points from the others") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(20);
  int mine = 0;
  run(configuration, folder / "results.h5", folder.world,
      quietly([&](const grid::Study& same, const configuration::GridPoint& point,
                  const grid::GoOn& go_on, Kept) {
        ++mine;
        // Rank 0 is slow: it would need 0.4 seconds or more for its slice of 8 or more points.
        if (folder.world.is_root()) {
          for (int i = 0; i < 50; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            go_on(state_at(0.02 * i));
          }
        }
        return std::optional(silly_result(same.configuration, point));
      }));
  if (folder.world.size() > 1 && folder.world.is_root()) CHECK(mine < 40 / folder.world.size());
}

TEST_CASE("a point that throws is recorded as failed, and computed again by the next run") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(10);
  std::ostringstream log;
  CampaignOptions options =
      quietly([](const grid::Study& same, const configuration::GridPoint& point,
                 const grid::GoOn& go_on, Kept) {
        const std::int64_t flat = configuration::flat_index(same.configuration.grid, point);
        if (flat % 7 == 0) throw std::runtime_error("no luck with " + std::to_string(flat));
        return silly_point(same, point, go_on, {});
      });
  options.log = &log;
  const CampaignOutcome first = run(configuration, folder / "results.h5", folder.world, options);
  CHECK(first.exit_code() == ExitCode::points_failed);
  CHECK(first.computed == 20);
  CHECK(first.count(grid::Status::failed) == 3);
  if (folder.world.size() == 1) {
    CHECK_THAT(log.str(), Catch::Contains("lazy, samples 8, noise 0, width 4, seed 5: failed: "
                                          "no luck with 14"));
  }
  const CampaignOutcome second =
      run(configuration, folder / "results.h5", folder.world, quietly(silly_point));
  CHECK(second.exit_code() == ExitCode::success);
  CHECK(second.computed == 3);
  check_same_as_alone(folder, configuration, folder / "results.h5");
}

TEST_CASE("a signal to one rank stops all ranks within their points, and the next run continues") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(20);
  const bool victim = folder.world.rank() == folder.world.size() - 1;
  const CampaignOutcome outcome =
      run(configuration, folder / "results.h5", folder.world,
          quietly([&](const grid::Study& same, const configuration::GridPoint& point,
                      const grid::GoOn& go_on, Kept) -> std::optional<grid::PointResult> {
            // The first points are quick; each of the others would take a minute.
            if (configuration::flat_index(same.configuration.grid, point) < 10)
              return silly_result(same.configuration, point);
            if (victim) std::raise(SIGTERM);
            for (int i = 0; i < 60000; ++i) {
              std::this_thread::sleep_for(std::chrono::milliseconds(1));
              if (!go_on(state_at(i / 60000.0))) return std::nullopt;
            }
            return silly_result(same.configuration, point);
          }));
  CHECK(outcome.exit_code() == ExitCode::work_left);
  CHECK(outcome.stopped == StopReason::terminate);
  CHECK(outcome.seconds < 20.0);
  CHECK(outcome.left >= 30);
  CHECK(outcome.count(grid::Status::pending) == outcome.left);
  const CampaignOutcome next =
      run(configuration, folder / "results.h5", folder.world, quietly(silly_point));
  CHECK(next.exit_code() == ExitCode::success);
  CHECK(next.computed == outcome.left);
  check_same_as_alone(folder, configuration, folder / "results.h5");
}

TEST_CASE("the time limit stops all ranks, with a fake clock") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(50);
  double now = 1e6;
  CampaignOptions options = ticking(now);
  const CampaignOutcome outcome =
      run(configuration, folder / "results.h5", folder.world, options, now + 10.0);
  CHECK(outcome.exit_code() == ExitCode::work_left);
  CHECK(outcome.stopped == StopReason::deadline);
  CHECK(outcome.computed <= 10 * folder.world.size());
  CHECK(outcome.computed >= 10);
  CHECK(outcome.left == 100 - outcome.computed);

  // If the deadline has passed before the run begins, no point is computed and none is lost.
  const CampaignOutcome none =
      run(configuration, folder / "results.h5", folder.world, options, now);
  CHECK(none.exit_code() == ExitCode::work_left);
  CHECK(none.computed == 0);
  CHECK(none.left == outcome.left);
}

TEST_CASE("a file that is not a results file of this configuration is refused by all ranks") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(2);
  const auto refused = [&](const std::filesystem::path& file,
                           const configuration::Configuration& other) {
    const std::string before = test::contents(file);
    std::string message;
    try {
      run(other, file, folder.world, quietly(silly_point));
    } catch (const parallel::AgreedError& error) {
      message = error.what();
    }
    CHECK_THAT(message, Catch::Contains(file.string()));
    CHECK(message.find('\n') == std::string::npos);
    CHECK(test::contents(file) == before);
    return message;
  };

  refused(folder / "missing/results.h5", configuration);
  parallel::agreed_on_root(folder.world,
                           [&] { std::ofstream(folder / "text.h5") << "no results\n"; });
  refused(folder / "text.h5", configuration);

  run(configuration, folder / "results.h5", folder.world, quietly(silly_point));
  const configuration::Configuration other = configuration_of(2, "[training]\nsteps = 77\n");
  CHECK_THAT(refused(folder / "results.h5", other),
             Catch::Contains("training.steps = 100000 there, 77 here"));
  parallel::agreed_on_root(folder.world, [&] {
    std::filesystem::copy(folder / "results.h5", folder / "truncated.h5");
    std::filesystem::resize_file(folder / "truncated.h5",
                                 std::filesystem::file_size(folder / "results.h5") / 2);
  });
  refused(folder / "truncated.h5", configuration);
}

TEST_CASE("a new file that one rank cannot open is removed again") {
  const SharedFolder folder;  // only its owner can open it
  if (geteuid() != 0) {
    WARN("only root can try being somebody else: not tested");
    return;
  }
  // A rank with another real user id simulates a node that cannot open the file.
  constexpr uid_t k_nobody = 65534;
  const bool unlucky = folder.world.rank() == folder.world.size() - 1;
  if (unlucky) CHECK(setreuid(k_nobody, 0) == 0);
  std::string message;
  try {
    run(configuration_of(2), folder / "results.h5", folder.world, quietly(silly_point));
  } catch (const CampaignFault&) {
    message = "work has begun";
  } catch (const parallel::AgreedError& error) {
    message = error.what();
  }
  if (unlucky) CHECK(setreuid(0, 0) == 0);
  CHECK(message ==
        (folder / "results.h5").string() + ": cannot open for writing: Permission denied");
  parallel::agreed_on_root(folder.world, [&] { CHECK(std::filesystem::is_empty(folder.path)); });
}

TEST_CASE("a removed results file stops all ranks, and the next run starts again") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(20);
  const auto name = folder / "results.h5";
  std::string message;
  int computed = 0;
  try {
    run(configuration, name, folder.world,
        quietly([&](const grid::Study& same, const configuration::GridPoint& point,
                    const grid::GoOn& go_on, Kept) {
          if (folder.world.is_root() && ++computed == 2) std::filesystem::remove(name);
          // Points take long enough for rank 0 to notice the removal before the last point.
          for (int i = 0; i < 100 && go_on(state_at(0.01 * i)); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
          return silly_point(same, point, go_on, {});
        }));
  } catch (const CampaignFault& error) {
    message = error.what();
  }
  CHECK_THAT(message, Catch::StartsWith(name.string() + ": was removed, renamed or replaced"));
  CHECK(message.find('\n') == std::string::npos);
  const CampaignOutcome next = run(configuration, name, folder.world, quietly(silly_point));
  CHECK(next.exit_code() == ExitCode::success);
  CHECK(next.computed == 40);
  check_same_as_alone(folder, configuration, name);
}

TEST_CASE(
    "a rank that cannot write stops all ranks with its reason, and no finished point is lost") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(20);
  const int unlucky = folder.world.size() - 1;
  CHECK_THAT(message_of_unwritable(configuration, folder, unlucky),
             Catch::Contains((folder / "results.h5").string()));

  const CampaignOutcome next =
      run(configuration, folder / "results.h5", folder.world, quietly(silly_point));
  CHECK(next.exit_code() == ExitCode::success);
  CHECK(next.computed <= 38);
  check_same_as_alone(folder, configuration, folder / "results.h5");
}

TEST_CASE("the file that rank 0 gathers is the same") {
  const SharedFolder folder;
  const configuration::Configuration gather = configuration_of(30, "[output]\nwriter = gather\n");
  const CampaignOutcome outcome =
      run(gather, folder / "results.h5", folder.world, quietly(silly_point));
  CHECK(outcome.exit_code() == ExitCode::success);
  CHECK(outcome.computed == 60);
  check_same_as_alone(folder, configuration_of(30), folder / "results.h5");
}

TEST_CASE("a campaign may change its writer between runs") {
  const SharedFolder folder;
  const configuration::Configuration gather = configuration_of(30, "[output]\nwriter = gather\n");
  double now = 1e6;
  CampaignOptions options = ticking(now);
  const CampaignOutcome first =
      run(gather, folder / "results.h5", folder.world, options, now + 5.0);
  CHECK(first.left > 0);
  const CampaignOutcome second =
      run(configuration_of(30), folder / "results.h5", folder.world, quietly(silly_point));
  CHECK(second.exit_code() == ExitCode::success);
  CHECK(second.computed == first.left);
  check_same_as_alone(folder, configuration_of(30), folder / "results.h5");
}

TEST_CASE("if rank 0 cannot write gathered points, all ranks stop with its reason") {
  const SharedFolder folder;
  const configuration::Configuration gather = configuration_of(20, "[output]\nwriter = gather\n");
  const std::string message = message_of_unwritable(gather, folder, 0);
  CHECK_THAT(message, Catch::Contains((folder / "results.h5").string()));
  CHECK_THAT(message, Catch::Contains("File too large"));
  const CampaignOutcome next =
      run(gather, folder / "results.h5", folder.world, quietly(silly_point));
  CHECK(next.exit_code() == ExitCode::success);
  check_same_as_alone(folder, configuration_of(20), folder / "results.h5");
}

TEST_CASE("a larger grid copies the points of an earlier file, also after a stop during copying") {
  const SharedFolder folder;
  for (const char* writer : {"parallel", "gather"}) {
    const std::string more = fmt::format("[output]\nwriter = {}\n", writer);
    const configuration::Configuration grown = configuration_of(20, more);
    configuration::Configuration old = grown;
    old.grid.seed = {12, 7, 19, 3};
    old.grid.algorithm = {"lazy"};
    const auto old_file = folder / fmt::format("old-{}.h5", writer);
    const auto file = folder / fmt::format("results-{}.h5", writer);
    // The points of the earlier file get the figures of the same points of the grown grid.
    run(old, old_file, folder.world,
        quietly([&](const grid::Study&, const configuration::GridPoint& point, const grid::GoOn&,
                    Kept) {
          return std::optional(silly_result(
              grown, {.algorithm = 1, .seed = configuration::at(old.grid.seed, point.seed) - 1}));
        }));

    double now = 1e6;
    CampaignOptions options = ticking(now);
    options.reuse = {old_file};
    const CampaignOutcome first = run(grown, file, folder.world, options, now + 3.0);
    CHECK(first.left > 0);
    CHECK(first.computed == 40 - first.left);

    std::vector<int> mine(40, 0);
    CampaignOptions rest = quietly([&](const grid::Study& same,
                                       const configuration::GridPoint& point,
                                       const grid::GoOn& go_on, Kept) {
      ++mine[static_cast<std::size_t>(configuration::flat_index(same.configuration.grid, point))];
      return silly_point(same, point, go_on, {});
    });
    rest.reuse = {old_file};
    const CampaignOutcome second = run(grown, file, folder.world, rest);
    CHECK(second.exit_code() == ExitCode::success);
    CHECK(second.computed == first.left);
    CHECK(first.taken + second.taken == 4);
    std::vector<int> all(mine.size());
    MPI_Allreduce(mine.data(), all.data(), 40, MPI_INT, MPI_SUM, folder.world.handle());
    CHECK(std::accumulate(all.begin(), all.end(), 0) == second.computed - second.taken);
    for (const std::int64_t seed : old.grid.seed) {
      CHECK(all[static_cast<std::size_t>(20 + seed - 1)] == 0);
    }
    check_same_as_alone(folder, grown, file);
    parallel::agreed_on_root(folder.world, [&] { std::filesystem::remove(folder / "alone.h5"); });
  }
}

TEST_CASE("an earlier file that cannot be reused is refused by all ranks, and no file is created") {
  const SharedFolder folder;
  const configuration::Configuration configuration = configuration_of(4);
  const auto old_file = folder / "old.h5";
  run(configuration_of(4, "[training]\nsteps = 77\n"), old_file, folder.world,
      quietly(silly_point));
  std::string message;
  CampaignOptions options = quietly(silly_point);
  options.reuse = {old_file};
  try {
    run(configuration, folder / "results.h5", folder.world, options);
  } catch (const parallel::AgreedError& error) {
    message = error.what();
  }
  CHECK(message == old_file.string() +
                       ": no point can be copied from it: training.steps = 77 there, "
                       "100000 here");
  CHECK_FALSE(std::filesystem::exists(folder / "results.h5"));
}
