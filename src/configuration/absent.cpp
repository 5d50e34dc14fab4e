// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/absent.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace flatgrid::configuration {

namespace {

struct Absent {
  std::vector<std::string_view> words;
  std::string_view explanation;
};

const std::vector<Absent>& absent() {
  static const std::vector<Absent> k_table = {
      {{"biases", "intercept"},
       "network.bias = trained gives every neuron a bias; there is none on the output"},
      {{"depth", "num-layers", "hidden-layers", "hidden-size", "hidden-sizes"},
       "network.layers = L puts L - 2 linear layers of the widths network.hidden before the "
       "grid.width neurons; there is no second layer of neurons"},
      {{"adamw"},
       "weight decay is a part of the gradient, as in adam with training.weight-decay, and not a "
       "step of its own"},
      {{"adagrad", "adadelta", "rmsprop", "lion"},
       "of algorithms that adapt the step to each parameter there is adam alone; of other gradient "
       "methods there are gradient-flow, gradient-descent, sgd, label-noise-sgd, sam and "
       "mean-field-langevin"},
      {{"optimizer", "optimiser"}, "algorithms are values of the axis grid.algorithm"},
      {{"loss", "loss-function", "cross-entropy", "crossentropy", "bce", "logistic", "hinge",
        "softmax", "classification"},
       "the train loss is the squared error (1/2n) sum_i (f(x_i) - y_i)^2; there is no other, and "
       "none for classification"},
      {{"epochs", "num-epochs", "max-epochs", "iterations"},
       "training.steps counts gradient steps; an epoch of minibatches is samples / training.batch "
       "of them"},
      {{"dropout", "batch-norm", "batchnorm", "layer-norm", "layernorm", "normalization"},
       "networks have neither dropout nor normalization layers"},
      {{"scheduler", "schedule", "lr-schedule", "warmup", "learning-rate-schedule"},
       "a step size is constant, or follows the stability threshold with training.learning-rate = "
       "auto"},
      {{"gpu", "cuda", "device"}, "flatgrid computes on processors, not on graphics cards"},
  };
  return k_table;
}

}  // namespace

std::string_view explain_absent(std::string_view word) {
  std::string name(word.substr(word.rfind('.') + 1));
  std::ranges::transform(name, name.begin(), [](unsigned char character) {
    return character == '_' ? '-' : static_cast<char>(std::tolower(character));
  });
  const auto found = std::ranges::find_if(
      absent(), [&](const Absent& entry) { return std::ranges::count(entry.words, name) > 0; });
  return found == absent().end() ? "" : found->explanation;
}

}  // namespace flatgrid::configuration
