// SPDX-License-Identifier: MIT
/// `flattest`: the interpolator of least orbit minimum. For activations of degree 1 the minimum over
/// networks of every width, with a lower bound (search.hpp); a width of n suffices. For degree 2 and 3 the
/// least that is found at the task's width, with a bound for this width (curved.hpp).
#include <optional>

#include "flatgrid/algorithm/flattest/curved.hpp"
#include "search_run.hpp"

namespace flatgrid::flattest {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  return task.activation.degree() > 1 ? start_curved(task)
                                      : start_search(task, GaugeKind::flatness);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return point.activation.degree() > 1 ? curved_price(point) : search_price(point);
}

std::optional<std::string_view> doubt(const algorithm::PointOutline& point) {
  if (point.activation.degree() > 1 || point.width >= point.samples) return std::nullopt;
  return "the flattest interpolator can have as many neurons as there are samples";
}

}  // namespace

algorithm::Algorithm flattest_algorithm() {
  return {
      .name = "flattest",
      .start = start,
      .price = price,
      .obstacle = "the search for a flat interpolator stalled",
      .doubt = doubt,
      .description =
          "The interpolator of least orbit minimum. For activations of degree 1 the least over\n"
          "networks of every width, by a convex search over directions, with a lower bound for\n"
          "every interpolator of the samples; a width of n suffices. For degree 2 and 3 the least\n"
          "that Newton's method finds at this width, from a convex relaxation and from descent on\n"
          "loss and trace, with a bound for this width.",
      .source =
          "Vardhan, Taheri, Mazumdar 2026 (arXiv 2606.04429) for the definition; the search is\n"
          "flatgrid's",
      .ending =
          "For degree 1 when orbit minimum / bound - 1 is at most flattest.tolerance (2e-4 if not\n"
          "every face can be visited), when it no longer falls, or after flattest.rounds. For\n"
          "degree 2 and 3 when further starts of Newton's method find no flatter network.",
      .keys = {"flattest.tolerance", "flattest.rounds", "flattest.starts"},
      .keys_above_degree_1 = {"training.steps", "training.learning-rate",
                              "training.stability-fraction", "network.initialization",
                              "training.initial-scale", "training.momentum",
                              "training.handover-loss", "training.precision"},
      .needs_free_biases =
          "the least trace is no convex problem then, and no orbit minimum is defined"};
}

}  // namespace flatgrid::flattest
