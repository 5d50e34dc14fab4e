// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/face_oracle.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

namespace {

/// Faces whose N'GN is worse conditioned have no peak that doubles could tell.
constexpr double k_delicate = 1e11;
/// Units of which one has less of its own than this are dependent.
constexpr double k_dependent = 1e-9;

Index triangle(Index d) { return d * (d + 1) / 2; }

/// An orthonormal basis [d, p] of the directions that vanish on the border of a face.
MatrixD border_kernel(const Samples& samples, const FaceSigns& signs, Index face) {
  const Index d = samples.dimension();
  std::vector<Index> border;
  for (Index i = 0; i < samples.size(); ++i)
    if (signs.is_border(face, i)) border.push_back(i);
  if (border.empty()) return MatrixD::Identity(d, d);
  MatrixD vanishing(d, static_cast<Index>(border.size()));
  for (Index k = 0; k < vanishing.cols(); ++k) {
    const Index i = border[static_cast<std::size_t>(k)];
    vanishing.col(k) = samples.inputs.col(i) / samples.norms(i);
  }
  return PivotedQr<double>(vanishing, k_dependent).complement();
}

Index plus_count(const std::uint64_t* plus, std::size_t words) {
  Index count = 0;
  for (std::size_t k = 0; k < words; ++k) count += std::popcount(plus[k]);
  return count;
}

}  // namespace

SubsetSums::SubsetSums(const MatrixD& values)
    : size_(values.rows()), bytes_((values.cols() + 7) / 8), tables_(size_, 256 * bytes_) {
  for (Index byte = 0; byte < bytes_; ++byte) {
    tables_.col(256 * byte).setZero();
    for (Index subset = 1; subset < 256; ++subset) {
      // The subset without its highest sample is in the table already.
      Index highest = 7;
      while ((subset >> highest) == 0) --highest;
      const Index sample = 8 * byte + highest;
      tables_.col(256 * byte + subset) = tables_.col(256 * byte + (subset ^ (Index{1} << highest)));
      if (sample < values.cols()) tables_.col(256 * byte + subset) += values.col(sample);
    }
  }
}

void SubsetSums::over(const std::uint64_t* words, double* sum) const {
  for (Index k = 0; k < size_; ++k) sum[k] = 0;
  const double* table = tables_.data();
  for (Index byte = 0; byte < bytes_; ++byte, table += 256 * size_) {
    const auto subset = static_cast<Index>((words[byte / 8] >> (8 * (byte % 8))) & 255U);
    const double* const terms = table + subset * size_;
    for (Index k = 0; k < size_; ++k) sum[k] += terms[k];
  }
}

FaceOracle::FaceOracle(const Samples& samples, const FaceSigns& all) : samples_(samples) {
  const Index n = samples.size();
  const Index d = samples.dimension();
  signs_.samples = all.samples;
  signs_.words = all.words;
  // The lower triangle of x x' and ||x||^2 of every sample.
  MatrixD terms(triangle(d) + 1, n);
  for (Index i = 0; i < n; ++i) {
    Index place = 0;
    for (Index a = 0; a < d; ++a)
      for (Index b = a; b < d; ++b) terms(place++, i) = samples.inputs(b, i) * samples.inputs(a, i);
    terms(place, i) = samples.squared_norms(i);
  }
  const VectorD total = terms.rowwise().sum();
  const SubsetSums over(terms);
  const MatrixD fixed = samples.coordinates.transpose() * samples.coordinates;  // L'L
  const double s2 = samples.slope * samples.slope;
  std::vector<double> inverses, prices;
  inverses.reserve(static_cast<std::size_t>(all.count() * triangle(d)));
  VectorD sum(terms.rows());
  const auto words = static_cast<std::size_t>(all.words);
  for (Index face = 0; face < all.count(); ++face) {
    const std::size_t row = static_cast<std::size_t>(face) * words;
    over.over(&all.plus[row], sum.data());
    double border = 0;
    for (Index i = 0; i < n; ++i)
      if (all.is_border(face, i)) border += samples.squared_norms(i);
    const VectorD weighted = s2 * total + (1 - s2) * sum;
    const double squared_price =
        samples.constant + weighted(triangle(d)) + (samples.square_at_zero - s2) * border;
    if (squared_price <= 0) continue;  // no sample sees these directions
    MatrixD gram(d, d);
    for (Index a = 0, place = 0; a < d; ++a)
      for (Index b = a; b < d; ++b) gram(a, b) = gram(b, a) = samples.share * weighted(place++);
    gram += fixed;
    const MatrixD basis = border_kernel(samples, all, face);
    if (samples.share > 0 && s2 == 0 && plus_count(&all.plus[row], words) < basis.cols()) continue;
    MatrixD inner = basis.transpose() * gram * basis;
    const double trace = inner.trace();
    const Cholesky cholesky(inner);
    MatrixD inverse;
    double condition = std::numeric_limits<double>::infinity();
    if (cholesky.succeeded()) {
      inverse = basis * cholesky.inverse() * basis.transpose();
      condition = trace * inverse.trace();
    }
    if (!(condition < k_delicate)) continue;  // D X N has not full rank, or too nearly so
    signs_.plus.insert(signs_.plus.end(), &all.plus[row], &all.plus[row] + words);
    signs_.border.insert(signs_.border.end(), &all.border[row], &all.border[row] + words);
    for (Index a = 0; a < d; ++a)
      for (Index b = a; b < d; ++b) inverses.push_back(inverse(b, a));
    prices.push_back(samples.scale * std::sqrt(squared_price));
  }
  const auto count = static_cast<Index>(prices.size());
  inverses_ = Eigen::Map<const MatrixD>(inverses.data(), triangle(d), count);
  prices_ = Eigen::Map<const VectorD>(prices.data(), count);
}

FaceOracle::Query::Query(const Samples& samples, const VectorD& multipliers)
    : weighted(samples.inputs * multipliers.asDiagonal()),
      total(samples.slope * weighted.rowwise().sum()),
      over(weighted) {}

/// q = X'D l = s sum_i l_i x_i + (1 - s) sum_P l_i x_i; what the border adds, T cancels.
void FaceOracle::correlation(const Query& query, Index face, double* q) const {
  query.over.over(&signs_.plus[static_cast<std::size_t>(face * signs_.words)], q);
  for (Index a = 0; a < samples_.dimension(); ++a)
    q[a] = query.total(a) + (1 - samples_.slope) * q[a];
}

VectorD FaceOracle::squared_values(const Query& query) const {
  const Index d = samples_.dimension();
  VectorD values(count());
  VectorD q(d);
  for (Index face = 0; face < count(); ++face) {
    correlation(query, face, q.data());
    const double* t = inverses_.col(face).data();
    double value = 0;
    for (Index a = 0; a < d; ++a) {
      double off = 0;
      const double diagonal = *t++;
      for (Index b = a + 1; b < d; ++b) off += *t++ * q(b);
      value += q(a) * (diagonal * q(a) + 2 * off);
    }
    values(face) = value / (prices_(face) * prices_(face));
  }
  return values;
}

void FaceOracle::stationary_point(const Query& query, Index face, VectorD& point) const {
  const Index d = samples_.dimension();
  VectorD q(d);
  correlation(query, face, q.data());
  point.setZero(d);
  const double* t = inverses_.col(face).data();
  for (Index a = 0; a < d; ++a) {
    point(a) += *t++ * q(a);
    for (Index b = a + 1; b < d; ++b, ++t) {
      point(b) += *t * q(a);
      point(a) += *t * q(b);
    }
  }
}

int FaceOracle::orientation(Index face, const VectorD& direction, double tolerance) const {
  const Index d = samples_.dimension();
  const double least = tolerance * direction.norm();
  bool as_it_is = true;
  bool reversed = true;
  for (Index i = 0; i < samples_.size(); ++i) {
    if (signs_.is_border(face, i)) continue;
    double z = 0;
    for (Index a = 0; a < d; ++a) z += samples_.inputs(a, i) * direction(a);
    if (!signs_.is_plus(face, i)) z = -z;
    as_it_is = as_it_is && z >= -least * samples_.norms(i);
    reversed = reversed && z <= least * samples_.norms(i);
    if (!as_it_is && !reversed) return 0;
  }
  return as_it_is ? 1 : -1;
}

Peaks FaceOracle::peaks(const VectorD& multipliers, double threshold, Index most) const {
  const Query query(samples_, multipliers);
  const VectorD values = squared_values(query);
  // The faces in descending order of value, sorted a stretch at a time: few are looked at.
  std::vector<std::uint32_t> order(static_cast<std::size_t>(count()));
  std::iota(order.begin(), order.end(), 0U);
  const auto by_value = [&](std::uint32_t a, std::uint32_t b) {
    return values(a) > values(b) || (values(a) == values(b) && a < b);
  };
  Peaks answer;
  VectorD point(samples_.dimension());
  std::size_t sorted = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k == sorted) {
      sorted = std::min(order.size(), 4 * sorted + 512);
      std::partial_sort(order.begin() + static_cast<long>(k),
                        order.begin() + static_cast<long>(sorted), order.end(), by_value);
    }
    const auto face = static_cast<Index>(order[k]);
    const double value = std::sqrt(std::max(0.0, values(face)));
    const bool wanted = value > threshold && static_cast<Index>(answer.found.size()) < most;
    if (answer.greatest > 0 && !wanted) break;
    stationary_point(query, face, point);
    const int sign = orientation(face, point, k_border);
    if (sign == 0) continue;
    answer.greatest = std::max(answer.greatest, value);
    if (!wanted) continue;
    Side side(samples_.size());
    for (Index i = 0; i < side.size(); ++i) side(i) = signs_.is_plus(face, i) ? 1 : 0;
    answer.found.push_back({value, sign * point.normalized(), std::move(side)});
  }
  return answer;
}

double face_oracle_bytes(Index samples, Index dimension) {
  const double words = static_cast<double>((samples + 63) / 64);
  const double faces = face_count(samples, dimension);
  // Signs while all are found (vectors that grow by doubling, and their table) and as they are
  // kept; T and c, twice while they are collected.
  return faces * (3 * 16 * words + 16 + 16 * words +
                  2 * 8 * static_cast<double>(triangle(dimension) + 1) + 32) +
         1e6;
}

}  // namespace flatgrid::flattest
