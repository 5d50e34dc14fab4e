// SPDX-License-Identifier: MIT
// The header of Catch2 version 2 for systems with version 3: what the tests use, with the names of version 2.
#pragma once

#include <string>

#include <catch2/catch_all.hpp>

namespace Catch {

using namespace Matchers;

inline Matchers::StringContainsMatcher Contains(const std::string& part) {
  return Matchers::ContainsSubstring(part);
}

}  // namespace Catch

using Catch::Approx;
