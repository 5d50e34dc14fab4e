// SPDX-License-Identifier: MIT
/// A run that computes its network in one step.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/serialization.hpp"

namespace flatgrid::algorithm {

class DirectRun final : public Run {
 public:
  explicit DirectRun(std::function<network::Network<double>()> make) : make_(std::move(make)) {}

  void advance(std::int64_t /*budget*/) override {
    if (!network_) network_ = make_();
  }
  [[nodiscard]] bool finished() const override { return network_.has_value(); }
  [[nodiscard]] std::int64_t steps() const override { return 0; }
  [[nodiscard]] const network::Network<double>* network() const override {
    return network_ ? &*network_ : nullptr;
  }
  [[nodiscard]] std::string save() const override { return bytes_of(network_); }
  void load(std::string_view bytes) override {
    network_ = from_bytes<std::optional<network::Network<double>>>(bytes);
  }

 private:
  std::function<network::Network<double>()> make_;
  std::optional<network::Network<double>> network_;
};

/// The run of a training algorithm if all labels are zero: the zero network, which interpolates, without
/// any step.
inline std::unique_ptr<Run> start_zero_run(const Task& task) {
  return std::make_unique<DirectRun>([task] { return task.zero_network(); });
}

}  // namespace flatgrid::algorithm
