// SPDX-License-Identifier: MIT
/// `min-norm`: the interpolator of least path norm sum_j |a_j| ||w_j||, for activations of degree 1, over
/// networks of every width: the search of `flattest` with the gauge ||w|| (gauge.hpp).
///
/// It is the limit of vanishing weight decay: on the orbit of a neuron a^2 + ||w||^2 is least at
/// |a| = ||w||, where it is 2 |a| ||w||, so the least sum of squares of all parameters is twice the
/// least path norm. The resulting network has |a| = ||w||.
///
/// The search computes a lower bound of the path norm of every interpolator, l.y / kappa(l),
/// kappa(l) = max |l.sigma(X w)| over ||w|| = 1: `path_norm_lower_bound` of the point. It is proved if all faces
/// are visited and the samples have rank d (certificate.hpp); otherwise climbs estimate kappa.
#include <optional>

#include "search_run.hpp"

namespace flatgrid::flattest {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  return start_search(task, GaugeKind::path_norm);
}

std::optional<algorithm::Conflict> conflict(const algorithm::PointOutline& points) {
  if (points.problem.appends_one())
    return algorithm::Conflict{"network.bias", "must be none for the algorithm min-norm"};
  if (points.activation.degree() == 1) return std::nullopt;
  return algorithm::Conflict{
      "network.activation",
      "must be relu, leaky-relu or abs, since the algorithm min-norm needs one of degree "
      "1"};
}

std::optional<std::string_view> doubt(const algorithm::PointOutline& point) {
  if (point.width >= point.samples) return std::nullopt;
  return "the interpolator of least path norm can have as many neurons as there are samples";
}

}  // namespace

algorithm::Algorithm min_norm_algorithm() {
  return {
      .name = "min-norm",
      .start = start,
      .price = search_price,
      .conflict = conflict,
      .obstacle = "the search for an interpolator of small norm stalled",
      .doubt = doubt,
      .description =
          "The interpolator of least path norm sum_j |a_j| ||w_j|| over networks of every width,\n"
          "by the convex search of `flattest`: the limit of vanishing weight decay. A width of n\n"
          "suffices. For activations of degree 1.",
      .source =
          "Neyshabur, Tomioka, Srebro 2015 (arXiv 1412.6614), for the norm; the search is "
          "flatgrid's",
      .ending =
          "When path norm / its lower bound - 1 is at most flattest.tolerance (2e-4 if not every\n"
          "face can be visited), when it no longer falls, or after flattest.rounds.",
      .keys = {"flattest.tolerance", "flattest.rounds", "flattest.starts"}};
}

}  // namespace flatgrid::flattest
