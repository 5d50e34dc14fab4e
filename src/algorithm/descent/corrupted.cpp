// SPDX-License-Identifier: MIT
/// `corrupted`: gradient descent to an interpolator of the samples and of as many further ones with
/// random labels, which fits the training data as well as any other and generalizes badly (Liu,
/// Papailiopoulos, Achlioptas 2020). The further inputs follow the law of the inputs; their labels
/// are normal, and scaled to the mean square of the true ones.
#include "../algorithms.hpp"
#include "descent.hpp"
#include "flatgrid/problem/laws.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

TrainingSet training_set(const Task& task) {
  const Index samples = task.labels.size();
  TrainingSet set{MatrixD(task.inputs.rows(), 2 * samples), VectorD(2 * samples)};
  set.inputs.leftCols(samples) = task.inputs;
  set.labels.head(samples) = task.labels;
  const auto law = make_input_law(task.problem);
  for (Index i = 0; i < samples; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    Stream input_stream(task.seed, Purpose::corrupted_inputs, index);
    law->draw(input_stream, set.inputs.col(samples + i));
    Stream label_stream(task.seed, Purpose::corrupted_labels, index);
    set.labels(samples + i) = label_stream.normal();
  }
  set.labels.tail(samples) *= task.labels.norm() / set.labels.tail(samples).norm();
  return set;
}

}  // namespace

Algorithm corrupted_algorithm() {
  Algorithm algorithm = gradient_descent_algorithm();
  algorithm.name = "corrupted";
  algorithm.samples_per_step = [](const TrainingSettings&, Index n) {
    return 2 * static_cast<double>(n);
  };
  algorithm.training_set = training_set;
  return algorithm;
}

}  // namespace flatgrid
