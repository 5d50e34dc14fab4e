#include "flatgrid/method/method.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "families.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace {

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {teacher_method(), gradient_descent_method(),
                                          lazy_method(), random_features_method()};
  return all;
}

}  // namespace

std::span<const std::string_view> method_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> result;
    for (const Method& method : methods()) result.push_back(method.name);
    return result;
  }();
  return names;
}

const Method& find_method(std::string_view name) {
  const auto found = std::ranges::find(methods(), name, &Method::name);
  if (found == methods().end()) throw Error(fmt::format("grid.method: '{}' is not a method", name));
  return *found;
}

}  // namespace flatgrid
