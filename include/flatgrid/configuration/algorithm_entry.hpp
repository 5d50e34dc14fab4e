// SPDX-License-Identifier: MIT
/// An entry of the axis `algorithm`: an algorithm, or a variant of it with settings of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/choice.hpp"

namespace flatgrid::configuration {

/// The value that a variant has for one key, in place of that of the configuration.
struct VariantSetting {
  std::string_view key;  ///< "training.sam-radius"
  std::string_view
      short_key;      ///< as the label has it: "sam-radius", where that names one key alone
  std::string value;  ///< in canonical form: "0.2"
};

/// The name of the algorithm in the name of an entry: "sam" of "sam(sam-radius=0.2)".
inline std::string_view algorithm_of(std::string_view name) {
  return name.substr(0, name.find('('));
}

class AlgorithmEntry {
 public:
  /// An algorithm with the settings of the configuration. Throws Error if there is none of that name.
  /// Implicit: a name stands for its algorithm.
  AlgorithmEntry(std::string_view name) : AlgorithmEntry(Choice<algorithm::Algorithm>(name), {}) {}
  AlgorithmEntry(const char* name) : AlgorithmEntry(std::string_view(name)) {}
  AlgorithmEntry(const std::string& name) : AlgorithmEntry(std::string_view(name)) {}
  /// A variant; `settings` in the order of the table of keys.
  AlgorithmEntry(Choice<algorithm::Algorithm> algorithm, std::vector<VariantSetting> settings);

  const algorithm::Algorithm& operator*() const { return *algorithm_; }
  const algorithm::Algorithm* operator->() const { return &*algorithm_; }
  /// The coordinate on the axis: the algorithm's name and its settings, "sam(sam-radius=0.2)".
  [[nodiscard]] std::string_view name() const { return label_; }
  [[nodiscard]] const std::vector<VariantSetting>& settings() const { return settings_; }

  friend bool operator==(const AlgorithmEntry& a, const AlgorithmEntry& b) {
    return a.label_ == b.label_;
  }

 private:
  Choice<algorithm::Algorithm> algorithm_;
  std::vector<VariantSetting> settings_;
  std::string label_;
};

}  // namespace flatgrid::configuration
