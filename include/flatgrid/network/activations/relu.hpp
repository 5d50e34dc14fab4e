/// relu(z) = max(z, 0), degree 1, with relu'(0) = 0.
#pragma once

namespace flatgrid {

struct Relu {
  static constexpr int k_degree = 1;

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    return z > Scalar(0) ? z : Scalar(0);
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    return z > Scalar(0) ? Scalar(1) : Scalar(0);
  }
};

}  // namespace flatgrid
