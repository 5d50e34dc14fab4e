#include "flatgrid/problem/data_set.hpp"

#include <Eigen/QR>

#include "flatgrid/problem/laws.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

VectorD coefficients_of(const ProblemSettings& settings) {
  VectorD coefficients(settings.indices);
  for (Index s = 0; s < settings.indices; ++s) {
    coefficients(s) = settings.coefficients.empty()
                          ? (s % 2 == 0 ? 1.0 : -1.0)
                          : settings.coefficients[static_cast<std::size_t>(s)];
  }
  return coefficients;
}

}  // namespace

IndexModel draw_index_model(const ProblemSettings& settings, std::int64_t seed) {
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

DataSet draw_data_set(const ProblemSettings& settings, const IndexModel& model, std::int64_t seed,
                      Index samples) {
  const auto law = make_input_law(settings);
  const Link link = make_link(settings.link);
  DataSet data{MatrixD(settings.dimension, samples), VectorD(samples), VectorD(samples)};
  for (Index i = 0; i < samples; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    Stream input_stream(seed, Purpose::inputs, index);
    law->draw(input_stream, data.inputs.col(i));
    // f*(x) = sum_s c_s g(u_s . x)
    double label = 0;
    for (Index s = 0; s < model.coefficients.size(); ++s) {
      label += model.coefficients(s) * link(model.directions.row(s).dot(data.inputs.col(i)));
    }
    data.target(i) = label;
    Stream noise_stream(seed, Purpose::label_noise, index);
    data.noise(i) = draw_noise(settings.noise_law, noise_stream);
  }
  return data;
}

}  // namespace flatgrid
