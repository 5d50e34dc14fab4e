// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/reading.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <fmt/format.h>

#include "conflicts.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/base/suggestion.hpp"
#include "flatgrid/configuration/absent.hpp"
#include "flatgrid/configuration/key_name.hpp"
#include "flatgrid/configuration/value.hpp"

namespace flatgrid::configuration {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{16} << 20;

/// "unknown; did you mean 'grid.width'?": the key meant is the nearest one, another or a missing section
/// counting as one mistake, if no more than a third of the characters behind the section are mistaken.
std::string unknown_key_message(std::string_view name) {
  if (name == "grid.method") return "is called grid.algorithm since version 0.2";
  constexpr std::size_t k_longest_guessed = 100;  // the edit distance takes quadratic time
  if (name.size() > k_longest_guessed) return "unknown";
  const std::string_view word = without_section(name);
  if (const auto explanation = explain_absent(name); !explanation.empty()) {
    return fmt::format("unknown: {}", explanation);
  }
  const auto mistakes = [&](const ConfigurationKey& key) {
    const std::string_view section = section_of(key.name);
    const bool same_section = nearest_word(section_of(name), {section}).has_value();
    return edit_distance(word, without_section(key.name)) + (same_section ? 0 : 1);
  };
  const auto keys = configuration_keys();
  const auto nearest = std::ranges::min_element(keys, {}, mistakes);
  if (3 * mistakes(*nearest) > std::max<std::size_t>(word.size(), 3)) return "unknown";
  return fmt::format("unknown; did you mean '{}'?", nearest->name);
}

/// What the user gave for a key, and where: a file or `--set`.
struct Given {
  std::string source;
  std::string text;
};
using GivenValues = std::map<std::string, Given, std::less<>>;

[[noreturn]] void refuse_key(std::string_view source, const std::string& name,
                             std::string_view reason) {
  throw Error(fmt::format("{}: key {}: {}", source, in_quotes(name), reason));
}

void add_given(GivenValues& values, const std::string& name, const Given& given) {
  if (find_key(name) == nullptr) refuse_key(given.source, name, unknown_key_message(name));
  if (!values.try_emplace(name, given).second) refuse_key(given.source, name, "given twice");
}

GivenValues read_ini(std::istream& stream, const std::string& source) {
  std::string text;
  for (char character = 0; text.size() <= k_most_bytes && stream.get(character);) text += character;
  if (stream.bad()) throw Error(fmt::format("{}: cannot be read", source));
  if (text.size() > k_most_bytes || text.find('\0') != std::string::npos) {
    throw Error(fmt::format("{}: is not a configuration: it must be a text of at most {} bytes",
                            source, k_most_bytes));
  }
  constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(k_byte_order_mark)) text.erase(0, k_byte_order_mark.size());

  namespace po = boost::program_options;
  GivenValues values;
  try {
    std::istringstream lines(text);
    // Boost splits the text; the keys are ours, so to Boost each of them is an unregistered one.
    const auto parsed = po::parse_config_file(lines, po::options_description(), true);
    for (const auto& option : parsed.options) {
      add_given(values, option.string_key, {source, option.value.at(0)});
    }
  } catch (const po::invalid_config_file_syntax& error) {
    throw Error(fmt::format("{}: line {}: must be '[section]', 'key = value' or '# comment'",
                            source, in_quotes(error.tokens())));
  }
  return values;
}

GivenValues read_overrides(std::span<const std::string> overrides) {
  GivenValues values;
  for (const std::string& text : overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      throw Error(fmt::format("--set: {} must be section.key=value", in_quotes(text)));
    }
    const std::string name(trimmed(std::string_view(text).substr(0, equals)));
    const std::string value(trimmed(std::string_view(text).substr(equals + 1)));
    add_given(values, name, {"--set", value});
  }
  return values;
}

void warn_of_ignored(const Configuration& configuration, const GivenValues& given,
                     const Warn& warn) {
  const auto keys = configuration_keys();
  const bool gives_all = given.size() == keys.size();
  for (const ConfigurationKey& key : keys) {
    const auto found = given.find(key.name);
    if (found == given.end()) continue;
    if (gives_all && key.text(configuration) == key.default_text) continue;
    const std::string how = why_ignored(key, configuration);
    if (how.empty()) continue;
    const auto& [source, text] = found->second;
    warn(fmt::format("{}: key '{}': value {}: {}", source, key.name, in_quotes(text), how));
  }
}

}  // namespace

Configuration parse_configuration(std::istream& stream, const std::string& source,
                                  std::span<const std::string> overrides, const Warn& warn) {
  GivenValues given = read_overrides(overrides);
  given.merge(read_ini(stream, source));  // an override stays, the file's value is left behind

  Configuration configuration;
  for (const ConfigurationKey& key : configuration_keys()) {
    const auto found = given.find(key.name);
    if (found == given.end()) {
      if (!key.default_text.empty()) continue;
      refuse_key(source, std::string(key.name), "missing; must be " + key.domain);
    }
    const auto& [value_source, text] = found->second;
    try {
      key.assign(configuration, text);
    } catch (const Error& error) {
      refuse_key(value_source, std::string(key.name),
                 fmt::format("value {}: {}", in_quotes(text), error.what()));
    }
  }
  if (const auto conflict = find_conflict(configuration)) {
    const auto found = given.find(conflict->key);
    refuse_key(found == given.end() ? source : found->second.source, conflict->key,
               fmt::format("value {}: {}", in_quotes(find_key(conflict->key)->text(configuration)),
                           conflict->reason));
  }
  if (warn) warn_of_ignored(configuration, given, warn);
  return configuration;
}

Configuration read_configuration(const std::filesystem::path& file,
                                 std::span<const std::string> overrides, const Warn& warn) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw Error(fmt::format("{}: is a directory, not a configuration file", file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw Error(fmt::format("{}: cannot be opened: {}", file.string(),
                            std::generic_category().message(errno)));
  }
  return parse_configuration(stream, file.string(), overrides, warn);
}

}  // namespace flatgrid::configuration
