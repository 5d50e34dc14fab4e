// SPDX-License-Identifier: MIT
/// `rademacher`: independent components +1 or -1, the corners of a cube.
#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class RademacherInputs final : public InputLaw {
 public:
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    for (double& component : x) component = stream.sign();
  }
};

}  // namespace

std::unique_ptr<InputLaw> rademacher_inputs(const ProblemSettings& /*settings*/) {
  return std::make_unique<RademacherInputs>();
}

}  // namespace flatgrid::problem
