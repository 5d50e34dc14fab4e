// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/exchange.hpp"

#include <catch2/catch.hpp>

#include "parallel/shared_folder.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;

TEST_CASE("a rank reports four times a second, and reports a reason to stop immediately") {
  const auto world = parallel::Communicator::world();
  double now = 100.0;
  const Clock clock = [&now] { return now; };
  Stop stop(clock);
  CampaignCounters counters(world, 2);
  Exchange exchange(world.rank(), clock, counters, stop);
  CHECK(exchange.is_due());
  exchange.add_work(5);
  exchange.add_finished(grid::Status::done);
  exchange.report_and_learn();
  now += 0.2;
  CHECK_FALSE(exchange.is_due());
  now += 0.1;
  CHECK(exchange.is_due());
  test::wait_for_all(world);
  const CampaignCounters::Totals all = exchange.report_and_learn();
  CHECK(all.tally.work == 5 * world.size());
  CHECK(all.tally.finished[static_cast<std::size_t>(grid::Status::done)] == world.size());
  CHECK(all.stop == StopReason::none);

  test::wait_for_all(world);
  if (world.rank() == world.size() - 1) {
    stop.request(StopReason::user_signal);
    CHECK(exchange.is_due());
    exchange.report_and_learn();
  }
  CHECK_FALSE(exchange.is_due());
  test::wait_for_all(world);
  CHECK(exchange.report_and_learn().stop == StopReason::user_signal);
  CHECK(stop.reason() == StopReason::user_signal);
  CHECK_FALSE(exchange.is_due());  // a reason from another rank is not reported again
}
