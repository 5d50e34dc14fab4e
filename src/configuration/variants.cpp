// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/variants.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/configuration/key_name.hpp"
#include "flatgrid/configuration/value.hpp"

namespace flatgrid::configuration {
namespace {

constexpr std::size_t k_most_entries = 100'000;
/// Flattest and min-norm read more keys for activations of degree 2 and 3.
constexpr int k_any_degree = 2;

/// An entry as it is written: a name, and what stands in the parentheses behind it.
struct WrittenEntry {
  std::string text;
  std::string name;
  std::vector<std::string> settings;
};

[[noreturn]] void refuse(const std::string& entry, std::string_view reason) {
  throw Error(fmt::format("{}: {}", in_quotes(entry), reason));
}

WrittenEntry split_entry(const std::string& text) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) {
    if (text.find(')') != std::string::npos) refuse(text, "')' without '('");
    return {.text = text, .name = text, .settings = {}};
  }
  const std::size_t close = text.find(')', open);
  if (close == std::string::npos) refuse(text, "'(' without ')'");
  if (close + 1 != text.size()) refuse(text, "nothing may follow ')' but a comma");
  const std::string within = text.substr(open + 1, close - open - 1);
  if (within.find('(') != std::string::npos) refuse(text, "'(' within parentheses");
  return {.text = text,
          .name = std::string(trimmed(std::string_view(text).substr(0, open))),
          .settings = split_outside_parentheses(within)};
}

/// The keys that some run of the algorithm reads.
std::vector<const ConfigurationKey*> keys_of(const algorithm::Algorithm& algorithm) {
  std::vector<const ConfigurationKey*> keys;
  for (const ConfigurationKey& key : configuration_keys()) {
    if (algorithm.reads(key.name, k_any_degree)) keys.push_back(&key);
  }
  return keys;
}

/// What a key is called in a variant of an algorithm that reads `keys`.
std::string_view short_name(const ConfigurationKey& key,
                            std::span<const ConfigurationKey* const> keys) {
  const std::string_view word = without_section(key.name);
  const auto namesakes = std::ranges::count_if(
      keys, [&](const ConfigurationKey* other) { return without_section(other->name) == word; });
  return namesakes == 1 ? word : key.name;
}

/// The key that a word names, of those that the algorithm reads.
const ConfigurationKey& find_setting(const std::string& entry,
                                     const algorithm::Algorithm& algorithm, std::string_view word) {
  const std::vector<const ConfigurationKey*> keys = keys_of(algorithm);
  std::vector<std::string_view> names;
  for (const ConfigurationKey* key : keys) {
    names.push_back(short_name(*key, keys));
    if (word == key->name || word == names.back()) return *key;
  }
  if (names.empty()) refuse(entry, fmt::format("{} reads no settings", algorithm.name));
  const bool is_key = std::ranges::any_of(configuration_keys(), [&](const ConfigurationKey& key) {
    return word == key.name || word == without_section(key.name);
  });
  const std::string suggestion = is_key ? "" : did_you_mean(without_section(word), names);
  if (!suggestion.empty()) {
    refuse(entry,
           fmt::format("{} has no setting {}; {}", algorithm.name, in_quotes(word), suggestion));
  }
  refuse(entry, fmt::format("{} does not read {}, only {}; all else is the same for all algorithms",
                            algorithm.name, in_quotes(word), fmt::join(names, ", ")));
}

/// The value in canonical form.
std::string canonical_value(const std::string& entry, const ConfigurationKey& key,
                            const std::string& text) {
  Configuration scratch;
  try {
    key.assign(scratch, text);
  } catch (const Error& error) {
    refuse(entry, fmt::format("{} = {} {}", key.name, in_quotes(text), error.what()));
  }
  return key.text(scratch);
}

/// The values of one setting, those between '|'.
std::vector<std::string> alternatives(std::string_view text) {
  std::vector<std::string> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('|', begin), text.size());
    values.emplace_back(trimmed(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return values;
}

/// Adds all variants that one written entry stands for.
void add_variants(const WrittenEntry& written, std::vector<AlgorithmEntry>& entries) {
  const Choice<algorithm::Algorithm> algorithm = written.name;
  if (written.settings.empty()) {
    entries.emplace_back(algorithm, std::vector<VariantSetting>{});
    return;
  }
  const std::vector<const ConfigurationKey*> keys = keys_of(*algorithm);
  // A value for every key that is set, in the order of the table of keys.
  using Values = std::map<const ConfigurationKey*, std::string>;
  std::vector<Values> combinations = {{}};
  for (const std::string& text : written.settings) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      refuse(written.text, text.empty() ? "a setting in it is empty"
                                        : fmt::format("{} must be KEY=VALUE", in_quotes(text)));
    }
    const std::string_view word = trimmed(std::string_view(text).substr(0, equals));
    const ConfigurationKey& key = find_setting(written.text, *algorithm, word);
    if (combinations.front().contains(&key)) {
      refuse(written.text, fmt::format("{} stands in it twice", key.name));
    }
    std::vector<Values> longer;
    std::vector<std::string> values = alternatives(std::string_view(text).substr(equals + 1));
    for (std::string& value : values) value = canonical_value(written.text, key, value);
    if (entries.size() + combinations.size() * values.size() > k_most_entries) {
      refuse(written.text, fmt::format("there are more than {} entries", k_most_entries));
    }
    for (const Values& combination : combinations) {
      for (const std::string& value : values) {
        longer.push_back(combination);
        longer.back()[&key] = value;
      }
    }
    combinations = std::move(longer);
  }
  for (const Values& combination : combinations) {
    std::vector<VariantSetting> settings;
    for (const auto& [key, value] : combination) {
      settings.push_back({.key = key->name, .short_key = short_name(*key, keys), .value = value});
    }
    entries.emplace_back(algorithm, std::move(settings));
  }
}

}  // namespace

std::string algorithms_domain() {
  return fmt::format("a list of {}", choice<algorithm::Algorithm>().many);
}

std::vector<AlgorithmEntry> read_algorithms(std::string_view text) {
  std::vector<WrittenEntry> written;
  for (const std::string& part : split_outside_parentheses(text)) {
    written.push_back(split_entry(part));
  }
  // The names are read as a list of names is.
  std::vector<std::string_view> names;
  std::ranges::transform(written, std::back_inserter(names), &WrittenEntry::name);
  const auto list = list_of(choice<algorithm::Algorithm>(), Repetition::allowed);
  try {
    list.read(trimmed(text).empty() ? "" : fmt::format("{}", fmt::join(names, ",")));
  } catch (const Error& error) {
    throw Error(must_be(list.one, error.what()));
  }

  std::vector<AlgorithmEntry> entries;
  for (const WrittenEntry& entry : written) add_variants(entry, entries);
  std::set<std::string_view> seen;
  for (const AlgorithmEntry& entry : entries) {
    if (!seen.insert(entry.name()).second) {
      throw Error(must_be(list.one, in_quotes(entry.name()) + " stands in it twice"));
    }
  }
  return entries;
}

std::string algorithms_text(const std::vector<AlgorithmEntry>& entries) {
  std::vector<std::string_view> names;
  std::ranges::transform(entries, std::back_inserter(names), &AlgorithmEntry::name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace flatgrid::configuration
