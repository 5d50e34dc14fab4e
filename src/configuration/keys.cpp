// SPDX-License-Identifier: MIT
#include <array>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/configuration/value.hpp"
#include "flatgrid/configuration/variants.hpp"

namespace flatgrid::configuration {

namespace {

constexpr auto k_largest_seed = std::numeric_limits<std::int64_t>::max();

/// The member of a configuration that stores the value of a key.
template <class Value>
struct MemberAccess {
  Value& (*of)(Configuration&);
  const Value& (*of_constant)(const Configuration&);
};

template <class Value>
void set_handlers(ConfigurationKey& key, const Kind<Value>& kind, MemberAccess<Value> member) {
  key.domain = kind.one;
  key.assign = [kind, member](Configuration& configuration, const std::string& text) {
    try {
      member.of(configuration) = kind.read(text);
    } catch (const Error& error) {
      throw Error(must_be(kind.one, error.what()));
    }
  };
  key.text = [write = kind.write, member](const Configuration& configuration) {
    return write(member.of_constant(configuration));
  };
  key.default_text = key.text(Configuration{});
}

/// A key whose value is stored in the member that `member` selects. Its default is the value in a
/// default-constructed configuration.
template <class Value, class Member>
ConfigurationKey make_key(std::string_view name, const Kind<Value>& kind, Member member,
                          std::string_view description, Decides decides = Decides::bits) {
  ConfigurationKey key;
  key.name = name;
  key.description = description;
  key.decides = decides;
  set_handlers(key, kind, MemberAccess<Value>{.of = member, .of_constant = member});
  return key;
}

/// The axis whose values may be variants.
ConfigurationKey algorithm_key() {
  return {.name = "grid.algorithm",
          .default_text = {},
          .domain = algorithms_domain(),
          .description =
              "families of interpolators, an axis of the grid; a variant has settings of its own: "
              "sam(sam-radius=0.2)",
          .assign = [](Configuration& c,
                       const std::string& text) { c.grid.algorithm = read_algorithms(text); },
          .text = [](const Configuration& c) { return algorithms_text(c.grid.algorithm); },
          .decides = Decides::points};
}

std::vector<ConfigurationKey> make_keys() {
  constexpr auto k_once = Repetition::refused;
  return {
      algorithm_key(),
      make_key(
          "grid.samples", list_of(whole_number(1, 1'000'000), k_once),
          [](auto& c) -> auto& { return c.grid.samples; },
          "numbers of training samples n, an axis of the grid", Decides::points),
      make_key(
          "grid.noise", list_of(real_number(0, 1e6), k_once),
          [](auto& c) -> auto& { return c.grid.noise; },
          "standard deviations tau of the label noise in units of y, an axis of the grid",
          Decides::points),
      make_key(
          "grid.width", list_of(whole_number(1, 1'000'000), k_once),
          [](auto& c) -> auto& { return c.grid.width; },
          "numbers of neurons m, an axis of the grid", Decides::points),
      make_key(
          "grid.seed", list_of(whole_number(0, k_largest_seed), k_once),
          [](auto& c) -> auto& { return c.grid.seed; },
          "seeds of teacher, inputs, noise and initialization, an axis of the grid",
          Decides::points),

      make_key(
          "problem.dimension", whole_number(1, 100'000),
          [](auto& c) -> auto& { return c.problem.dimension; }, "dimension d of the inputs"),
      make_key(
          "problem.inputs", choice<problem::InputLawKind>(),
          [](auto& c) -> auto& { return c.problem.inputs; },
          "law of the inputs x, with E x = 0 and E ||x||^2 = d, but for gaussian-spiked, "
          "N(0, diag(1, s, ..., s)), and ball, uniform within the radius sqrt(d); file = "
          "problem.data-file"),
      make_key(
          "problem.input-scale", real_number(1e-6, 1e6),
          [](auto& c) -> auto& { return c.problem.input_scale; },
          "factor of the inputs; not of inputs file"),
      make_key(
          "problem.powerlaw-exponent", real_number(0, 10),
          [](auto& c) -> auto& { return c.problem.powerlaw_exponent; },
          "inputs gaussian-powerlaw: alpha of the covariance spectrum i^-alpha of trace d"),
      make_key(
          "problem.effective-dimension", real_number(1.001, 100'000),
          [](auto& c) -> auto& { return c.problem.effective_dimension; },
          "inputs gaussian-spiked: the trace 1 + (d - 1) s of the covariance diag(1, s, ..., s), "
          "at most d"),
      make_key(
          "problem.degrees-of-freedom", real_number(2.1, 1e6),
          [](auto& c) -> auto& { return c.problem.degrees_of_freedom; },
          "inputs student-t: nu; moments of this order and above are infinite"),
      make_key(
          "problem.components", whole_number(1, 10'000),
          [](auto& c) -> auto& { return c.problem.components; },
          "inputs mixture: number of Gaussians"),
      make_key(
          "problem.separation", real_number(0, 1000),
          [](auto& c) -> auto& { return c.problem.separation; },
          "inputs mixture: distance of the centres of the Gaussians from 0, in their standard "
          "deviations"),
      make_key(
          "problem.target", choice<problem::TargetKind>(),
          [](auto& c) -> auto& { return c.problem.target; },
          "target f* as a function of the indices z_s = u_s . x: sum_s c_s g(z_s), z_1 ... z_r, "
          "max_s z_s, z_1 + z_1 z_2 + ... + z_1 ... z_r, sign(z_1 ... z_r)"),
      make_key(
          "problem.link", choice<problem::LinkKind>(),
          [](auto& c) -> auto& { return c.problem.link; },
          "link g of the target sum; hermite2 and hermite3 are normalized; kinks is piecewise "
          "linear with kinks at -1, 0, 2, 3"),
      make_key(
          "problem.leaky-slope", real_number(0, 1),
          [](auto& c) -> auto& { return c.problem.leaky_slope; },
          "slope of the link leaky-relu on the negative side"),
      make_key(
          "problem.information-exponent", whole_number(1, problem::k_largest_information_exponent),
          [](auto& c) -> auto& { return c.problem.information_exponent; },
          "link kinks: s; its Hermite parts of degree below s are removed"),
      make_key(
          "problem.indices", whole_number(1, 100'000),
          [](auto& c) -> auto& { return c.problem.indices; }, "number r of index directions u_s"),
      make_key(
          "problem.directions", choice<problem::DirectionsKind>(),
          [](auto& c) -> auto& { return c.problem.directions; },
          "law of the index directions of a seed; axes = the first coordinate axes of the inputs"),
      make_key(
          "problem.coefficients",
          word_or("alternating", list_of(real_number(-1e6, 1e6), Repetition::allowed)),
          [](auto& c) -> auto& { return c.problem.coefficients; },
          "coefficients c_s of the target sum; alternating = 1, -1, 1, ..."),
      make_key(
          "problem.noise-law", choice<problem::NoiseLaw>(),
          [](auto& c) -> auto& { return c.problem.noise_law; },
          "law of the label noise of unit variance"),
      make_key(
          "problem.data-file", word_or("none", file_path()),
          [](auto& c) -> auto& { return c.problem.data_file; },
          "inputs file: HDF5 file of inputs [n, d] and labels [n], and of index_directions [r, d] "
          "and coefficients [r] if they are known",
          Decides::file),
      make_key(
          "problem.data-split", choice<problem::DataSplitKind>(),
          [](auto& c) -> auto& { return c.problem.data_split; },
          "inputs file: first = the samples are the first rows, for all seeds; resample = each "
          "seed "
          "draws its rows. In both cases the test set is the rows after the largest number of "
          "samples of the grid"),
      make_key(
          "problem.standardize", yes_or_no(),
          [](auto& c) -> auto& { return c.problem.standardize; },
          "inputs file: subtract the mean of every component and divide by its standard deviation, "
          "both over the largest number of samples of the grid; constant components are kept"),
      make_key(
          "problem.test-samples", whole_number(100, 100'000'000),
          [](auto& c) -> auto& { return c.problem.test_samples; },
          "number of test inputs for a population loss without a formula"),

      make_key(
          "network.activation", choice<network::ActivationKind>(),
          [](auto& c) -> auto& { return c.network.activation; }, "activation sigma of the network"),
      make_key(
          "network.leaky-slope", real_number(0, 1),
          [](auto& c) -> auto& { return c.network.leaky_slope; },
          "slope of leaky-relu on the negative side"),
      make_key(
          "network.bias", choice<network::BiasKind>(),
          [](auto& c) -> auto& { return c.network.bias; },
          "biases of the neurons: none, trained like the weights of one more input that is 1, or "
          "frozen: drawn once for each seed and never trained"),
      make_key(
          "network.bias-scale", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.network.bias_scale; },
          "standard deviation of frozen biases, which are normal with mean 0"),
      make_key(
          "network.outer", choice<network::OuterKind>(),
          [](auto& c) -> auto& { return c.network.outer; },
          "outer weights: trained, or signs: +1/m in the first half of the neurons and -1/m in the "
          "others, never trained"),
      make_key(
          "network.layers", whole_number(2, 20), [](auto& c) -> auto& { return c.network.layers; },
          "number L of layers: L - 2 linear layers before the neurons"),
      make_key(
          "network.hidden",
          word_or("dimension", list_of(whole_number(1, 1'000'000), Repetition::allowed)),
          [](auto& c) -> auto& { return c.network.hidden; },
          "widths of the linear layers, the first one that of the layer next to the inputs, or one "
          "width for all; dimension = problem.dimension"),
      make_key(
          "network.initialization", choice<algorithm::Initialization>(),
          [](auto& c) -> auto& { return c.training.initialization; },
          "law of the initial weights; gaussian = normal of standard deviation initial-scale / "
          "sqrt(number of inputs of the layer), sphere = the same with each w_j on the sphere of "
          "radius initial-scale, uniform = on the interval from -initial-scale to initial-scale "
          "over this root, which for training.initial-scale = 1 is the default of torch.nn.Linear"),

      make_key(
          "training.steps", whole_number(1, 1'000'000'000'000),
          [](auto& c) -> auto& { return c.training.steps; },
          "largest number of gradient steps of a point"),
      make_key(
          "training.learning-rate", word_or("auto", optional(real_number(1e-12, 1e6))),
          [](auto& c) -> auto& { return c.training.learning_rate; },
          "step size; auto = from the stability threshold, for adam 0.001, for single-index 0.01"),
      make_key(
          "training.stability-fraction", real_number(1e-6, 2),
          [](auto& c) -> auto& { return c.training.stability_fraction; },
          "automatic step size in units of the stability threshold 2 / lambda_max; "
          "1 = edge of stability"),
      make_key(
          "training.initial-scale", real_number(1e-6, 1e6),
          [](auto& c) -> auto& { return c.training.initial_scale; },
          "initial size of a neuron's weights relative to 1/sqrt(d), 1/sqrt(m), and of linear "
          "layers "
          "relative to the same root of the number of their inputs"),
      make_key(
          "training.lazy-scale", real_number(1e-6, 1e6),
          [](auto& c) -> auto& { return c.training.lazy_scale; },
          "initial size of a neuron's weights for lazy, relative to 1/sqrt(d), 1/sqrt(m)"),
      make_key(
          "training.batch", whole_number(1, 1'000'000),
          [](auto& c) -> auto& { return c.training.batch; },
          "number of samples in a minibatch of the stochastic algorithms"),
      make_key(
          "training.batches", choice<algorithm::BatchRule>(),
          [](auto& c) -> auto& { return c.training.batches; },
          "how minibatches are chosen; epochs = all samples in a new random order, those left by "
          "the "
          "last whole batch wait for the next epoch; whole-epochs = they are a smaller batch; "
          "draws = with replacement"),
      make_key(
          "training.momentum", real_number(0, 0.9999),
          [](auto& c) -> auto& { return c.training.momentum; }, "heavy-ball coefficient"),
      make_key(
          "training.label-noise", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.training.label_noise; },
          "label perturbation delta of label-noise-sgd in units of y"),
      make_key(
          "training.sam-radius", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.training.sam_radius; },
          "radius rho of sharpness-aware minimization"),
      make_key(
          "training.temperature", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.training.temperature; },
          "temperature tau of mean-field-langevin, for 1/m times a sum of neurons"),
      make_key(
          "training.weight-decay", word_or("auto", optional(real_number(0, 1e6))),
          [](auto& c) -> auto& { return c.training.weight_decay; },
          "weight decay lambda: training descends on the train loss + lambda/2 ||theta||^2 for 3/4 "
          "of training.steps, then the gradient flow without decay reduces the train loss to "
          "training.handover-loss; with training.polish = no the decay lasts to the end. Of "
          "mean-field-langevin it is that for 1/m times a sum of neurons, of single-index that of "
          "c = sqrt(m) a alone. auto = 0, for mean-field-langevin and single-index 0.001"),
      make_key(
          "training.flow-tolerance", real_number(1e-12, 1),
          [](auto& c) -> auto& { return c.training.flow_tolerance; },
          "error of a step of gradient-flow relative to the size of the neurons; with weight decay "
          "also the relative change in a time 1 / lambda at which the flow with decay ends"),
      make_key(
          "training.handover-loss", real_number(1e-30, 1),
          [](auto& c) -> auto& { return c.training.handover_loss; },
          "mean squared residual relative to mean(y^2) at which training ends and the polish "
          "starts; "
          "a point that does not reach it within training.steps is cut short"),
      make_key(
          "training.polish", yes_or_no(), [](auto& c) -> auto& { return c.training.polish; },
          "whether trained networks are polished to interpolate; no = they are measured as trained "
          "after the last step"),
      make_key(
          "training.ridge", list_of(real_number(1e-15, 1e6), k_once),
          [](auto& c) -> auto& { return c.training.ridge; },
          "penalties lambda of the ridge fits of the outer layer at the end of single-index, "
          "(1/n) sum_i (f(x_i) - y_i)^2 + lambda m ||a||^2; ridge_loss is that of the best"),
      make_key(
          "training.interpolation-tolerance", real_number(1e-30, 1),
          [](auto& c) -> auto& { return c.training.interpolation_tolerance; },
          "largest mean squared residual of an interpolator relative to mean(y^2)"),
      make_key(
          "training.precision", choice<algorithm::Precision>(),
          [](auto& c) -> auto& { return c.training.precision; },
          "floating-point type of the gradients of descent methods; polish and measures are in "
          "double"),

      make_key(
          "random-features.flattest", yes_or_no(),
          [](auto& c) -> auto& { return c.training.random_features.flattest; },
          "whether random-features fits the labels with the least orbit minimum, not the least "
          "norm "
          "of the second layer"),

      make_key(
          "single-index.outer-start", whole_number(0, 1'000'000'000'000),
          [](auto& c) -> auto& { return c.training.single_index.outer_start; },
          "the first step of single-index that changes the outer weights"),

      make_key(
          "flattest.tolerance", real_number(1e-12, 1),
          [](auto& c) -> auto& { return c.training.flattest.tolerance; },
          "orbit minimum (for min-norm: path norm) / lower bound - 1 at which the search stops"),
      make_key(
          "flattest.rounds", whole_number(1, 1'000'000),
          [](auto& c) -> auto& { return c.training.flattest.rounds; },
          "largest number of rounds of the search of flattest, min-norm or worst"),
      make_key(
          "flattest.starts", whole_number(1, 1'000'000),
          [](auto& c) -> auto& { return c.training.flattest.starts; },
          "climbs per round of this search, if the dimension is too high to visit every face"),

      make_key(
          "worst.ratio", real_number(1, 1e6),
          [](auto& c) -> auto& { return c.training.worst.ratio; },
          "the algorithm worst: the most that the orbit minimum may be, in units of the least"),

      make_key(
          "flatness.top-eigenvalue", boolean(),
          [](auto& c) -> auto& { return c.flatness.top_eigenvalue; },
          "also measure the largest eigenvalue of the Hessian, and with a number as "
          "training.learning-rate this step size in units of the stability threshold",
          Decides::extras),
      make_key(
          "flatness.frobenius-norm", boolean(),
          [](auto& c) -> auto& { return c.flatness.frobenius_norm; },
          "also measure the Frobenius norm of the Hessian; takes n x n matrices", Decides::extras),
      make_key(
          "flatness.tangent-kernel", boolean(),
          [](auto& c) -> auto& { return c.flatness.tangent_kernel; },
          "also measure the extreme eigenvalues of the tangent kernel; takes n x n matrices",
          Decides::extras),
      make_key(
          "flatness.sharpness-radius", real_number(0, 1e6),
          [](auto& c) -> auto& { return c.flatness.sharpness_radius; },
          "also measure the increase of the train loss within this distance of the parameters; "
          "0 = do not",
          Decides::extras),
      make_key(
          "flatness.sharpness-draws", whole_number(2, 1'000'000),
          [](auto& c) -> auto& { return c.flatness.sharpness_draws; },
          "number of pairs of opposite directions for the average sharpness"),
      make_key(
          "flatness.trace-probes", whole_number(0, 1'000'000),
          [](auto& c) -> auto& { return c.flatness.trace_probes; },
          "also estimate the trace by Hutchinson's method and Hutch++ with this number of probes, "
          "as a "
          "cross-check; 0 = do not",
          Decides::extras),
      make_key(
          "flatness.activation-rates", boolean(),
          [](auto& c) -> auto& { return c.flatness.activation_rates; },
          "also measure on how many samples the neurons are active, w.x > 0", Decides::extras),
      make_key(
          "flatness.index-spectrum", boolean(),
          [](auto& c) -> auto& { return c.flatness.index_spectrum; },
          "also measure the directions that the network uses: the spectrum of E grad f(x) grad "
          "f(x)^T",
          Decides::extras),

      make_key(
          "flatness.null-space-radius", boolean(),
          [](auto& c) -> auto& { return c.flatness.null_space_radius; },
          "with flattest also search for max E h^2 over functions h of orbit minimum 1 that are 0 "
          "at all "
          "samples; degree 1, Gaussian inputs or the sphere",
          Decides::extras),
      make_key(
          "flatness.worst-loss-bound", boolean(),
          [](auto& c) -> auto& { return c.flatness.worst_loss_bound; },
          "with worst also compute an upper bound on the population loss of every interpolator "
          "with an orbit minimum of at most worst.ratio times the least",
          Decides::extras),

      make_key(
          "output.networks", boolean(), [](auto& c) -> auto& { return c.output.networks; },
          "store the trained networks", Decides::extras),
      make_key(
          "output.data", boolean(), [](auto& c) -> auto& { return c.output.data; },
          "store the data sets", Decides::file),
      make_key(
          "output.history", whole_number(0, 10'000),
          [](auto& c) -> auto& { return c.output.history; },
          "number of log-spaced steps recorded in the history; the last is the end, after the "
          "polish",
          Decides::extras),
      make_key(
          "output.writer", choice<Writer>(), [](auto& c) -> auto& { return c.output.writer; },
          "parallel = every rank writes its results; gather = rank 0 writes the results of all "
          "ranks, "
          "for file systems on which MPI-IO is unreliable, such as NFS; the file is the same",
          Decides::writing),
  };
}

}  // namespace

std::span<const Writer> Writer::table() {
  static constexpr std::array<Writer, 2> k_table = {{{"parallel", false}, {"gather", true}}};
  return k_table;
}

std::span<const ConfigurationKey> configuration_keys() {
  static const std::vector<ConfigurationKey> keys = make_keys();
  return keys;
}

}  // namespace flatgrid::configuration
