// SPDX-License-Identifier: MIT
/// From an INI file and what replaces its values to a validated configuration.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>

#include "flatgrid/configuration/configuration.hpp"

namespace flatgrid::configuration {

/// Takes a line about a key that was given and is ignored.
using Warn = std::function<void(const std::string& line)>;

/// Reads an INI file, applies `overrides` ("section.key=value", each replacing the file's value)
/// and validates everything. Throws Error naming file, key and value. `warn` hears of every given key
/// that is ignored; of a file that gives all keys, as `plan` prints one, only where the value is not
/// the default.
Configuration read_configuration(const std::filesystem::path& file,
                                 std::span<const std::string> overrides = {},
                                 const Warn& warn = nullptr);

/// The same from a stream; `source` stands for the file's name in messages.
Configuration parse_configuration(std::istream& stream, const std::string& source,
                                  std::span<const std::string> overrides = {},
                                  const Warn& warn = nullptr);

}  // namespace flatgrid::configuration
