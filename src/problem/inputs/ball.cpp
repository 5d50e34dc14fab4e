// SPDX-License-Identifier: MIT
/// `ball`: uniform in the ball of radius sqrt(d), sqrt(d) u^{1/d} times a uniform unit vector with u uniform
/// on (0, 1). E ||x||^2 = d^2 / (d + 2).
#include <cmath>

#include "../input_laws.hpp"

namespace flatgrid::problem {

namespace {

class BallInputs final : public InputLaw {
 public:
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    const auto d = static_cast<double>(x.size());
    random::fill_normal(stream, x);
    x *= std::sqrt(d) * std::pow(stream.uniform(), 1 / d) / x.norm();
  }
};

}  // namespace

std::unique_ptr<InputLaw> ball_inputs(const ProblemSettings& /*settings*/) {
  return std::make_unique<BallInputs>();
}

}  // namespace flatgrid::problem
