// SPDX-License-Identifier: MIT
/// `corrupted`: the gradient flow to an interpolator of the samples and of equally many additional samples with
/// random labels, which fits the training data exactly and generalizes badly (Liu, Papailiopoulos, Achlioptas
/// 2020). The additional inputs follow the law of the inputs; their labels are normal, scaled to the mean
/// square of the true labels.
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/random/stream.hpp"
#include "flow.hpp"

namespace flatgrid::descent {

namespace {

/// The samples and the additional ones.
struct CorruptedSamples {
  MatrixD inputs;  ///< [d, 2 n]
  VectorD labels;  ///< [2 n]

  explicit CorruptedSamples(const algorithm::Task& task)
      : inputs(task.dimension(), 2 * task.samples()), labels(2 * task.samples()) {
    const Index samples = task.samples();
    inputs.leftCols(samples) = task.inputs;
    labels.head(samples) = task.labels;
    for (Index i = 0; i < samples; ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      random::Stream input_stream(task.seed, random::Purpose::corrupted_inputs, index);
      task.input_law->draw(input_stream, inputs.col(samples + i));
      random::Stream label_stream(task.seed, random::Purpose::corrupted_labels, index);
      labels(samples + i) = label_stream.normal();
    }
    labels.tail(samples) *= task.labels.norm() / labels.tail(samples).norm();
  }

  [[nodiscard]] algorithm::Task task(const algorithm::Task& original) const {
    return {.training = original.training,
            .activation = original.activation,
            .input_law = original.input_law,
            .inputs = inputs,
            .labels = labels,
            .width = original.width,
            .seed = original.seed,
            .network = original.network};
  }
};

/// The flow on these samples, which it owns.
class CorruptedRun final : private CorruptedSamples, public FlowRun {
 public:
  explicit CorruptedRun(const algorithm::Task& task)
      : CorruptedSamples(task),
        FlowRun(CorruptedSamples::task(task), small_network(task), weight_decay(task.training)) {}
};

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  return std::make_unique<CorruptedRun>(task);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  algorithm::PointOutline twice = point;
  twice.samples *= 2;
  algorithm::Price price = flow_price(twice);
  // Memory of the samples; and the polish uses all of them, not only the n of the point.
  price.bytes += 8 * static_cast<double>(twice.samples * (point.dimension() + 1)) +
                 polish::polish_price(twice.samples, point.width, point.dimension()).bytes;
  return price;
}

std::optional<algorithm::Conflict> conflict(const algorithm::PointOutline& points) {
  if (!points.problem.settings().inputs->is_file()) return std::nullopt;
  return algorithm::Conflict{
      "problem.inputs",
      "the algorithm corrupted needs additional inputs of the same law, not those of a "
      "file"};
}

std::optional<std::string_view> doubt(const algorithm::PointOutline& point) {
  if (point.width * point.dimension() >= 2 * point.samples) return std::nullopt;
  return "fewer parameters than samples and equally many random ones, not counting the rescaling "
         "symmetry";
}

}  // namespace

algorithm::Algorithm corrupted_algorithm() {
  return {
      .name = "corrupted",
      .start = start,
      .price = price,
      .conflict = conflict,
      .doubt = doubt,
      .trains_linear_layers = true,
      .description =
          "The gradient flow, from a small initialization, to an interpolator of the samples\n"
          "and of equally many additional ones with random labels. Expected to be sharp, and\n"
          "not to generalize.",
      .source = "Liu, Papailiopoulos, Achlioptas 2020 (arXiv 1906.02613)",
      .ending =
          "When the loss over all samples has fallen to training.handover-loss, or after\n"
          "training.steps gradients. Then the polish, on all samples, turns the network into an\n"
          "interpolator.",
      .keys = {"training.steps", "network.initialization", "training.initial-scale",
               "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
               "training.polish"}};
}

}  // namespace flatgrid::descent
