// SPDX-License-Identifier: MIT
#include "flatgrid/problem/data_set.hpp"

#include <functional>

#include <Eigen/QR>
#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/laws.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

VectorD coefficients_of(const ProblemSettings& settings) {
  if (settings.target != "sum") return VectorD::Ones(settings.indices);
  VectorD coefficients(settings.indices);
  for (Index s = 0; s < settings.indices; ++s) {
    coefficients(s) = settings.coefficients.empty()
                          ? (s % 2 == 0 ? 1.0 : -1.0)
                          : settings.coefficients[static_cast<std::size_t>(s)];
  }
  return coefficients;
}

/// f* as a function of the coefficients c [r] and z_s = u_s . x [r].
using Target = std::function<double(const VectorD& c, const VectorD& z)>;

Target make_target(const ProblemSettings& settings) {
  if (settings.target == "sum") {
    return [g = make_link(settings).value](const VectorD& c, const VectorD& z) {
      double sum = 0;
      for (Index s = 0; s < z.size(); ++s) sum += c(s) * g(z(s));
      return sum;
    };
  }
  if (settings.target == "product") {
    return [](const VectorD&, const VectorD& z) { return z.prod(); };
  }
  if (settings.target == "max") {
    return [](const VectorD&, const VectorD& z) { return z.maxCoeff(); };
  }
  if (settings.target == "staircase") {
    return [](const VectorD&, const VectorD& z) {
      double sum = 0;
      double product = 1;
      for (const double factor : z) sum += product *= factor;
      return sum;
    };
  }
  if (settings.target == "parity") {
    return [](const VectorD&, const VectorD& z) { return z.array().sign().prod(); };
  }
  throw Error(fmt::format("problem.target: '{}' is not a target", settings.target));
}

const ExternalData& external_data(const ProblemSettings& settings) {
  if (settings.external) return *settings.external;
  throw Error(fmt::format("problem.data-file: '{}' has not been read", settings.data_file));
}

}  // namespace

IndexModel draw_index_model(const ProblemSettings& settings, std::int64_t seed) {
  if (settings.inputs == "file") return external_data(settings).model;
  MatrixD directions(settings.dimension, settings.indices);
  for (Index s = 0; s < settings.indices; ++s) {
    Stream stream(seed, Purpose::index_directions, static_cast<std::uint64_t>(s));
    fill_normal(stream, directions.col(s));
  }
  if (settings.directions == "orthonormal") {
    // Gaussian columns made orthonormal are uniform on the Stiefel manifold (Haar), whatever the
    // signs of the Householder factors, since those do not depend on the rotation.
    const Eigen::HouseholderQR<MatrixD> qr(directions);
    directions = qr.householderQ() * MatrixD::Identity(settings.dimension, settings.indices);
  }
  // Also after the QR: unit length to the last bit.
  directions.colwise().normalize();
  return {directions.transpose(), coefficients_of(settings)};
}

VectorD target_values(const ProblemSettings& settings, const IndexModel& model,
                      const MatrixD& inputs) {
  const auto f = make_target(settings);
  VectorD values(inputs.cols());
  VectorD z(model.directions.rows());
  for (Index i = 0; i < inputs.cols(); ++i) {
    for (Index s = 0; s < z.size(); ++s) z(s) = model.directions.row(s).dot(inputs.col(i));
    values(i) = f(model.coefficients, z);
  }
  return values;
}

DataSet draw_data_set(const ProblemSettings& settings, const IndexModel& model, std::int64_t seed,
                      Index samples) {
  DataSet data{MatrixD(settings.dimension, samples), VectorD(samples), VectorD(samples)};
  if (settings.inputs == "file") {
    const ExternalData& external = external_data(settings);
    data.inputs = external.inputs.leftCols(samples);
    data.target = external.labels.head(samples);
  } else {
    const auto law = make_input_law(settings);
    for (Index i = 0; i < samples; ++i) {
      Stream stream(seed, Purpose::inputs, static_cast<std::uint64_t>(i));
      law->draw(stream, data.inputs.col(i));
    }
    data.target = target_values(settings, model, data.inputs);
  }
  for (Index i = 0; i < samples; ++i) {
    Stream stream(seed, Purpose::label_noise, static_cast<std::uint64_t>(i));
    data.noise(i) = draw_noise(settings.noise_law, stream);
  }
  return data;
}

}  // namespace flatgrid
