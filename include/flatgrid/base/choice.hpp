// SPDX-License-Identifier: MIT
/// An entry of a table that a configuration chooses by name. The name is looked up once, on construction.
///
/// The entry type has a member `name` and a static function `table()`:
///
///     struct Colour {
///       std::string_view name;
///       double wavelength;
///       static std::span<const Colour> table();
///     };
///     Choice<Colour> colour = "red";
///     colour->wavelength
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flatgrid {

/// The names of the entries, in the order of the table.
template <class Entry>
std::vector<std::string_view> names_of() {
  std::vector<std::string_view> names;
  for (const Entry& entry : Entry::table()) names.push_back(entry.name);
  return names;
}

/// Throws Error saying that `name` is none of `names`.
[[noreturn]] void refuse_name(std::string_view name, const std::vector<std::string_view>& names);

template <class Entry>
class Choice {
 public:
  /// The entry of that name. Throws Error if there is none. Implicit, so that a name can be assigned.
  Choice(std::string_view name) : entry_(&find(name)) {}
  Choice(const char* name) : Choice(std::string_view(name)) {}
  Choice(const std::string& name) : Choice(std::string_view(name)) {}

  const Entry& operator*() const { return *entry_; }
  const Entry* operator->() const { return entry_; }
  [[nodiscard]] std::string_view name() const { return entry_->name; }

  friend bool operator==(Choice a, Choice b) { return a.entry_ == b.entry_; }
  friend bool operator<(Choice a, Choice b) { return a.name() < b.name(); }

 private:
  static const Entry& find(std::string_view name) {
    const std::span<const Entry> table = Entry::table();
    const auto found = std::ranges::find(table, name, &Entry::name);
    if (found != table.end()) return *found;
    refuse_name(name, names_of<Entry>());
  }

  const Entry* entry_;
};

}  // namespace flatgrid
