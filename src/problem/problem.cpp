// SPDX-License-Identifier: MIT
#include "flatgrid/problem/problem.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::problem {

namespace {

/// The law of (x, 1).
class InputsWithOne final : public InputLaw {
 public:
  explicit InputsWithOne(const InputLaw& law) : law_(law) {}
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    law_.draw(stream, x.head(x.size() - 1));
    x(x.size() - 1) = 1;
  }

 private:
  const InputLaw& law_;
};

/// The law of c x.
class ScaledInputs final : public InputLaw {
 public:
  ScaledInputs(std::unique_ptr<InputLaw> law, double factor)
      : law_(std::move(law)), factor_(factor) {}
  void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const override {
    law_->draw(stream, x);
    x *= factor_;
  }
  [[nodiscard]] std::optional<VectorD> gaussian_variances() const override {
    auto variances = law_->gaussian_variances();
    if (variances) *variances *= factor_ * factor_;
    return variances;
  }
  [[nodiscard]] std::optional<double> sphere_radius() const override {
    auto radius = law_->sphere_radius();
    if (radius) *radius *= factor_;
    return radius;
  }

 private:
  std::unique_ptr<InputLaw> law_;
  double factor_;
};

/// The law of the inputs; null for the inputs `file`.
std::unique_ptr<InputLaw> make_input_law(const ProblemSettings& settings) {
  if (settings.inputs->is_file()) return nullptr;
  std::unique_ptr<InputLaw> law = settings.inputs->make(settings);
  if (settings.input_scale == 1) return law;
  return std::make_unique<ScaledInputs>(std::move(law), settings.input_scale);
}

}  // namespace

Problem::Problem(ProblemSettings settings, std::shared_ptr<const ExternalData> external,
                 bool appends_one)
    : settings_(std::move(settings)),
      input_law_(make_input_law(settings_)),
      with_one_(appends_one && input_law_ ? std::make_unique<InputsWithOne>(*input_law_) : nullptr),
      appends_one_(appends_one),
      link_(make_link(*settings_.link, settings_.leaky_slope,
                      static_cast<int>(settings_.information_exponent))),
      external_(std::move(external)) {}

int Problem::growth() const {
  if (!settings_.target->is_sum()) return settings_.target->growth(settings_.indices);
  int power = 0;
  const auto include = [&power](const network::HalfLinePolynomial& polynomial) {
    for (std::size_t p = 1; p < polynomial.right.size(); ++p) {
      if (polynomial.right[p] != 0 || polynomial.left[p] != 0)
        power = std::max(power, static_cast<int>(p));
    }
  };
  if (link_.polynomial) include(*link_.polynomial);
  for (const Link::Piece& piece : link_.pieces) include(piece.polynomial);
  return power;
}

const ExternalData& Problem::require_external() const {
  if (external_) return *external_;
  throw Error(fmt::format("problem.data-file: '{}' has not been read", settings_.data_file));
}

VectorD Problem::coefficients() const {
  if (!settings_.target->is_sum()) return VectorD::Ones(settings_.indices);
  VectorD coefficients(settings_.indices);
  for (Index s = 0; s < settings_.indices; ++s) {
    coefficients(s) = settings_.coefficients.empty()
                          ? (s % 2 == 0 ? 1.0 : -1.0)
                          : settings_.coefficients[static_cast<std::size_t>(s)];
  }
  return coefficients;
}

IndexModel Problem::index_model(std::int64_t seed) const {
  if (settings_.inputs->is_file()) return require_external().model;
  MatrixD normals(settings_.dimension, settings_.indices);
  for (Index s = 0; s < settings_.indices; ++s) {
    random::Stream stream(seed, random::Purpose::index_directions, static_cast<std::uint64_t>(s));
    random::fill_normal(stream, normals.col(s));
  }
  return {settings_.directions->directions(normals).transpose(), coefficients()};
}

VectorD Problem::target_values(const IndexModel& model, const MatrixD& inputs) const {
  const auto& f = settings_.target->value;
  const auto sum_of_links = [&](const VectorD& z) {
    double sum = 0;
    for (Index s = 0; s < z.size(); ++s) sum += model.coefficients(s) * link_.value(z(s));
    return sum;
  };
  VectorD values(inputs.cols());
  VectorD z(model.directions.rows());
  for (Index i = 0; i < inputs.cols(); ++i) {
    for (Index s = 0; s < z.size(); ++s) z(s) = model.directions.row(s).dot(inputs.col(i));
    values(i) = f == nullptr ? sum_of_links(z) : f(model.coefficients, z);
  }
  return values;
}

MatrixD Problem::network_inputs(MatrixD inputs) const {
  if (appends_one_) {
    inputs.conservativeResize(inputs.rows() + 1, Eigen::NoChange);
    inputs.bottomRows(1).setOnes();
  }
  return inputs;
}

DataSet Problem::data_set(const IndexModel& model, std::int64_t seed, Index samples) const {
  DataSet data{MatrixD(settings_.dimension, samples), VectorD(samples), VectorD(samples)};
  if (settings_.inputs->is_file()) {
    TestSet rows = rows_of(data_split(seed), 0, samples);
    data.inputs = std::move(rows.inputs);
    data.target = std::move(rows.labels);
  } else {
    for (Index i = 0; i < samples; ++i) {
      random::Stream stream(seed, random::Purpose::inputs, static_cast<std::uint64_t>(i));
      input_law_->draw(stream, data.inputs.col(i));
    }
    data.target = target_values(model, data.inputs);
  }
  data.inputs = network_inputs(std::move(data.inputs));
  for (Index i = 0; i < samples; ++i) {
    random::Stream stream(seed, random::Purpose::label_noise, static_cast<std::uint64_t>(i));
    data.noise(i) = settings_.noise_law->draw(stream);
  }
  return data;
}

DataSplit Problem::data_split(std::int64_t seed) const {
  const ExternalData& external = require_external();
  DataSplit split{
      .rows = std::vector<std::int64_t>(static_cast<std::size_t>(external.labels.size())),
      .mean = VectorD::Zero(settings_.dimension),
      .deviation = VectorD::Ones(settings_.dimension)};
  std::iota(split.rows.begin(), split.rows.end(), 0);
  if (settings_.data_split->draws) {
    // Sorting by independent random numbers makes all orders equally likely.
    std::vector<double> places;
    for (const std::int64_t row : split.rows) {
      random::Stream stream(seed, random::Purpose::data_split, static_cast<std::uint64_t>(row));
      places.push_back(stream.uniform());
    }
    std::ranges::stable_sort(
        split.rows, {}, [&](std::int64_t row) { return places[static_cast<std::size_t>(row)]; });
  }
  if (!settings_.standardize) return split;
  const MatrixD inputs = rows_of(split, 0, external.most_samples).inputs;
  for (Index k = 0; k < settings_.dimension; ++k) {
    const auto component = inputs.row(k).array();
    if (component.minCoeff() == component.maxCoeff()) continue;
    split.mean(k) = component.mean();
    split.deviation(k) = std::sqrt((component - split.mean(k)).square().mean());
  }
  return split;
}

TestSet Problem::rows_of(const DataSplit& split, Index first, Index count) const {
  const ExternalData& external = require_external();
  TestSet rows{MatrixD(settings_.dimension, count), VectorD(count)};
  for (Index i = 0; i < count; ++i) {
    const Index row = split.rows[static_cast<std::size_t>(first + i)];
    rows.inputs.col(i) = (external.inputs.col(row) - split.mean).cwiseQuotient(split.deviation);
    rows.labels(i) = external.labels(row);
  }
  return rows;
}

Index Problem::test_samples() const {
  if (external_ == nullptr) return settings_.test_samples;
  return external_->labels.size() - external_->most_samples;
}

TestSet Problem::test_set(const IndexModel& model, std::int64_t seed) const {
  if (settings_.inputs->is_file()) {
    TestSet rows = rows_of(data_split(seed), require_external().most_samples, test_samples());
    return {network_inputs(std::move(rows.inputs)), std::move(rows.labels)};
  }
  MatrixD inputs = fresh_inputs(seed);
  VectorD labels = target_values(model, inputs);
  return {network_inputs(std::move(inputs)), std::move(labels)};
}

MatrixD Problem::test_inputs(std::int64_t seed) const {
  if (settings_.inputs->is_file()) return test_set({}, seed).inputs;
  return network_inputs(fresh_inputs(seed));
}

MatrixD Problem::fresh_inputs(std::int64_t seed) const {
  MatrixD inputs(settings_.dimension, settings_.test_samples);
  for (Index i = 0; i < inputs.cols(); ++i) {
    random::Stream stream(seed, random::Purpose::test_set, static_cast<std::uint64_t>(i));
    input_law_->draw(stream, inputs.col(i));
  }
  return inputs;
}

}  // namespace flatgrid::problem
