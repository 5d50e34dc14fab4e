// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/certificate.hpp"

#include <algorithm>
#include <cmath>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include "flatgrid/algorithm/flattest/faces.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid::flattest {

namespace {

/// Numbers with 50 decimal digits and exponents of 31 bits.
using Real = boost::multiprecision::cpp_bin_float_50;

/// Sums over subsets of integer vectors, from tables of all subsets of eight.
class IntegerSubsetSums {
 public:
  explicit IntegerSubsetSums(const std::vector<IntegerVector>& terms)
      : size_(terms.empty() ? 0 : terms.front().size()), total_(size_, Integer(0)) {
    for (std::size_t first = 0; first < terms.size(); first += 8) {
      std::vector<IntegerVector> table{IntegerVector(size_, Integer(0))};
      for (std::size_t k = first; k < std::min(first + 8, terms.size()); ++k) {
        const std::size_t count = table.size();
        for (std::size_t subset = 0; subset < count; ++subset) {
          table.push_back(table[subset]);
          add(table.back(), terms[k]);
        }
      }
      add(total_, table.back());
      tables_.push_back(std::move(table));
    }
  }

  [[nodiscard]] const IntegerVector& total() const { return total_; }

  /// The sum over the set bits of `words`.
  void over(const std::uint64_t* words, IntegerVector& sum) const {
    sum.assign(size_, Integer(0));
    for (std::size_t byte = 0; byte < tables_.size(); ++byte)
      if (const auto subset = (words[byte / 8] >> (8 * (byte % 8))) & 255U; subset != 0)
        add(sum, tables_[byte][subset]);
  }

 private:
  static void add(IntegerVector& sum, const IntegerVector& term) {
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += term[k];
  }

  std::size_t size_;
  std::vector<std::vector<IntegerVector>> tables_;  ///< [ceil(N / 8)][256][size]
  IntegerVector total_;
};

/// s = numerator / denominator and b = border / denominator^2.
struct ExactSlope {
  Integer numerator;
  Integer denominator;
  Integer border;
};

ExactSlope exact_slope(double slope, double derivative_at_zero) {
  const ScaledIntegers both = as_integers((VectorD(3) << slope, derivative_at_zero, 1).finished());
  const Integer& at_zero = both.integers[1];
  const Integer& one = both.integers[2];
  const Integer& s = both.integers[0];
  return {.numerator = s,
          .denominator = one,
          .border = std::min<Integer>({at_zero * at_zero, s * s, one * one})};
}

/// ||w||^2 in the coordinates of exact_samples, all d of which are kept: w_a = 2^-e_a times its integer
/// coordinate, so that ||w||^2 = 2^-2e sum_a metric_a (integer coordinate)^2, metric_a = 4^(e - e_a).
struct ExactNorm {
  IntegerVector metric;  ///< [d], positive
  int exponent = 0;      ///< e
};

ExactNorm exact_norm(const MatrixD& inputs) {
  std::vector<int> exponents;
  for (Index a = 0; a < inputs.rows(); ++a)
    exponents.push_back(as_integers(inputs.row(a).transpose()).exponent);
  ExactNorm norm{.metric = {}, .exponent = *std::ranges::max_element(exponents)};
  for (const int exponent : exponents)
    norm.metric.push_back(Integer(1) << static_cast<unsigned>(2 * (norm.exponent - exponent)));
  return norm;
}

/// kappa^2 of integer multipliers, in units of the integers: q'w / c^2, for flatness without the factor
/// 4/N^2, for the path norm without 4^e.
class FaceMaximum {
 public:
  FaceMaximum(const MatrixD& inputs, const IntegerVector& multipliers, const ExactSlope& slope,
              const IntegerVector* metric)
      : samples_(exact_samples(inputs)),
        slope_(slope),
        metric_(metric),
        signs_(samples_.lines),
        over_(terms(inputs, multipliers)) {}

  [[nodiscard]] Real greatest() {
    const FaceSigns faces = enumerate_faces(samples_);
    Real greatest = 0;
    for (Index face = 0; face < faces.count(); ++face) greatest = visited(faces, face, greatest);
    return greatest;
  }

  /// The power of 2 that makes ||x_i||^2 an integer: stored = integer * 2^exponent.
  [[nodiscard]] int norm_exponent() const { return norm_exponent_; }

 private:
  /// Of every sample: l_i x_i [r], and for flatness the lower triangle of x_i x_i' by columns, ||x_i||^2.
  std::vector<IntegerVector> terms(const MatrixD& inputs, const IntegerVector& multipliers) {
    const ScaledIntegers stored = as_integers(inputs.reshaped());
    norm_exponent_ = 2 * stored.exponent;
    const auto d = static_cast<std::size_t>(inputs.rows());
    std::vector<IntegerVector> all;
    for (std::size_t i = 0; i < samples_.inputs.size(); ++i) {
      const IntegerVector& x = samples_.inputs[i];
      IntegerVector term;
      for (const Integer& value : x) term.push_back(multipliers[i] * value);
      if (metric_ == nullptr) {
        for (std::size_t a = 0; a < x.size(); ++a)
          for (std::size_t b = a; b < x.size(); ++b) term.push_back(x[a] * x[b]);
        Integer square = 0;
        for (std::size_t a = 0; a < d; ++a)
          square += stored.integers[d * i + a] * stored.integers[d * i + a];
        term.push_back(std::move(square));
      }
      all.push_back(std::move(term));
    }
    return all;
  }

  /// The greater of `greatest` and the value of the face, if its stationary line is in the closed face.
  Real visited(const FaceSigns& faces, Index face, const Real& greatest) {
    const auto r = static_cast<std::size_t>(samples_.rank);
    const auto row = static_cast<std::size_t>(face * faces.words);
    // s total + (1 - s) sum_P, times the denominator (its square for G and c^2). The contributions of Z to q
    // and G are 0 on the span of the face.
    over_.over(&faces.plus[row], sum_);
    const IntegerVector& total = over_.total();
    const Integer s2 = slope_.numerator * slope_.numerator;
    const Integer one2 = slope_.denominator * slope_.denominator;
    for (std::size_t k = 0; k < sum_.size(); ++k)
      sum_[k] =
          k < r ? slope_.numerator * total[k] + (slope_.denominator - slope_.numerator) * sum_[k]
                : s2 * total[k] + (one2 - s2) * sum_[k];
    Integer square_c = 1;
    if (metric_ == nullptr) {
      square_c = sum_.back();
      if (slope_.border != s2) {
        IntegerVector on_border;
        over_.over(&faces.zero[row], on_border);
        square_c += (slope_.border - s2) * on_border.back();
      }
      if (square_c <= 0) return greatest;
    }

    std::vector<IntegerVector> vanishing;
    Index last = -1;
    for (std::size_t i = 0; i < samples_.line.size(); ++i) {
      const Index line = samples_.line[i];
      if (line < 0 || line == last || !faces.is_zero(face, static_cast<Index>(i))) continue;
      vanishing.push_back(samples_.lines[static_cast<std::size_t>(line)]);
      last = line;
    }
    const std::vector<IntegerVector> basis = kernel(std::move(vanishing), samples_.rank);
    // [N'GN | N'q]
    const std::size_t p = basis.size();
    std::vector<IntegerVector> system(p, IntegerVector(p + 1));
    IntegerVector image(r);
    for (std::size_t k = 0; k < p; ++k) {
      multiply_by_gram(basis[k], image);
      for (std::size_t j = 0; j <= k; ++j) system[j][k] = system[k][j] = dot(image, basis[j]);
      system[k][p] = 0;
      for (std::size_t a = 0; a < r; ++a) system[k][p] += sum_[a] * basis[k][a];
    }
    IntegerVector correlation(p);
    for (std::size_t k = 0; k < p; ++k) correlation[k] = system[k][p];
    const Echelon form = echelon(std::move(system), static_cast<Index>(p));
    if (form.rank() < static_cast<Index>(p)) return greatest;
    Integer numerator = 0;
    for (std::size_t k = 0; k < p; ++k) numerator += correlation[k] * form.rows[k][p];
    const Real value = Real(numerator) / (Real(form.pivot) * Real(square_c));
    if (value <= greatest) return greatest;
    IntegerVector w(r, Integer(0));
    for (std::size_t k = 0; k < p; ++k)
      for (std::size_t a = 0; a < r; ++a) w[a] += form.rows[k][p] * basis[k][a];
    return in_closure(faces, face, ExactSigns::direction(std::move(w))) ? value : greatest;
  }

  /// G v, G the metric of the price: X'D^2 X of the face whose sums are at hand, or that of the norm.
  void multiply_by_gram(const IntegerVector& vector, IntegerVector& image) const {
    const std::size_t r = vector.size();
    if (metric_ != nullptr) {
      for (std::size_t a = 0; a < r; ++a) image[a] = (*metric_)[a] * vector[a];
      return;
    }
    std::ranges::fill(image, Integer(0));
    std::size_t place = r;
    for (std::size_t a = 0; a < r; ++a)
      for (std::size_t b = a; b < r; ++b, ++place) {
        image[a] += sum_[place] * vector[b];
        if (a != b) image[b] += sum_[place] * vector[a];
      }
  }

  /// Whether w or -w is in the closed face.
  [[nodiscard]] bool in_closure(const FaceSigns& faces, Index face,
                                const ExactSigns::Direction& w) const {
    bool as_it_is = true;
    bool reversed = true;
    for (std::size_t i = 0; i < samples_.line.size(); ++i) {
      const auto sample = static_cast<Index>(i);
      if (faces.is_zero(face, sample)) continue;
      const int asked = faces.is_plus(face, sample) ? 1 : -1;
      const int sign = asked * samples_.side[i] * signs_.of(w, samples_.line[i]);
      as_it_is = as_it_is && sign >= 0;
      reversed = reversed && sign <= 0;
      if (!as_it_is && !reversed) return false;
    }
    return true;
  }

  ExactSamples samples_;
  ExactSlope slope_;
  const IntegerVector* metric_;  ///< of the path norm; null: flatness
  ExactSigns signs_;
  int norm_exponent_ = 0;
  IntegerSubsetSums over_;
  IntegerVector sum_;
};

/// The greatest double that is at most `value`.
double rounded_down(const Real& value) {
  const auto nearest = static_cast<double>(value);
  return Real(nearest) > value ? std::nextafter(nearest, 0.0) : nearest;
}

}  // namespace

bool can_be_certified(const MatrixD& inputs, GaugeKind gauge) {
  const ExactSamples samples = exact_samples(inputs);
  return faces_can_be_visited(static_cast<Index>(samples.lines.size()), samples.rank) &&
         (gauge == GaugeKind::flatness || samples.rank == inputs.rows());
}

double certified_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers,
                             GaugeKind gauge) {
  if (!inputs.allFinite() || !labels.allFinite() || !multipliers.allFinite()) return 0;
  const ScaledIntegers l = as_integers(multipliers);
  const ScaledIntegers y = as_integers(labels);
  const Integer gain = dot(l.integers, y.integers);
  if (gain <= 0) return 0;
  if (!can_be_certified(inputs, gauge))
    throw Error("the faces of " + std::to_string(inputs.cols()) + " samples in dimension " +
                std::to_string(inputs.rows()) + " are too many to visit" +
                (gauge == GaugeKind::flatness ? "" : ", or the samples do not span it") +
                ": no certified bound");
  const ExactSlope exact = exact_slope(slope, derivative_at_zero);
  const bool of_norm = gauge == GaugeKind::path_norm;
  const ExactNorm norm = of_norm ? exact_norm(inputs) : ExactNorm{};
  FaceMaximum faces(inputs, l.integers, exact, of_norm ? &norm.metric : nullptr);
  const Real greatest = faces.greatest();
  if (greatest <= 0) return 0;
  // Powers of 2 of l cancel. D is in units of 1 / denominator: once in q, and for flatness twice in
  // the price, so that R is smaller (path norm: larger) by this factor.
  const Real denominator(exact.denominator);
  const Real kappa =
      of_norm ? Real(ldexp(sqrt(greatest) / denominator, norm.exponent))
              : Real(ldexp(sqrt(greatest) * denominator * static_cast<double>(inputs.cols()) / 2,
                           -faces.norm_exponent() / 2));
  // Every step above is exact or accurate to 50 digits.
  return rounded_down(ldexp(Real(gain), y.exponent) / kappa * (1 - ldexp(Real(1), -120)));
}

double certified_lower_bound(const algorithm::Task& task, const VectorD& multipliers,
                             GaugeKind gauge) {
  const Slopes slopes = slopes_of(task.activation);
  return certified_lower_bound(task.inputs, task.labels, slopes.negative, slopes.at_zero,
                               multipliers, gauge);
}

}  // namespace flatgrid::flattest
