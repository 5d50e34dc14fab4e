// SPDX-License-Identifier: MIT
/// `student-t`: independent components of Student's t distribution with nu > 2 degrees of freedom,
/// scaled to variance 1. Moments of order nu and above are infinite.
///
/// Drawn by the polar method of R. W. Bailey (Math. Comp. 62, 1994, 779-781): for independent
/// uniform u, v the number sqrt(nu (u^{-2/nu} - 1)) cos(2 pi v) has the distribution t_nu, whose
/// variance is nu / (nu - 2).
#include <cmath>
#include <numbers>

#include "../input_laws.hpp"
#include "flatgrid/problem/settings.hpp"

namespace flatgrid::problem {

namespace {

class StudentTInputs final : public InputLaw {
 public:
  explicit StudentTInputs(double degrees_of_freedom) : nu_(degrees_of_freedom) {}
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    for (double& component : x) {
      const double u = stream.uniform();
      const double v = stream.uniform();
      // u^{-2/nu} - 1 without cancellation for large nu
      const double radius = std::sqrt((nu_ - 2) * std::expm1(-2 / nu_ * std::log(u)));
      component = radius * std::cos(2 * std::numbers::pi * v);
    }
  }

 private:
  double nu_;
};

}  // namespace

std::unique_ptr<InputLaw> student_t_inputs(const ProblemSettings& settings) {
  return std::make_unique<StudentTInputs>(settings.degrees_of_freedom);
}

}  // namespace flatgrid::problem
