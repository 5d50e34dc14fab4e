// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/checkpoints.hpp"

#include <unistd.h>

#include <charconv>
#include <exception>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/aside.hpp"
#include "flatgrid/base/checksum.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/results/provenance.hpp"

namespace flatgrid::campaign {

namespace fs = std::filesystem;

namespace {

/// What a checkpoint begins with. The first line is about all that follows it.
std::string with_header(std::int64_t flat, const std::string& origin, const std::string& state) {
  const std::string body = fmt::format("point {}\n{}{}", flat, origin, state);
  return fmt::format("flatgrid checkpoint {:016x}\n{}", crc64(body), body);
}

/// The state in a checkpoint. Throws Error saying why it is of no use.
std::string without_header(std::string_view bytes, std::int64_t flat, const std::string& origin) {
  const std::size_t line = bytes.find('\n');
  const std::string_view body =
      bytes.substr(line == std::string_view::npos ? bytes.size() : line + 1);
  if (bytes.substr(0, line) != fmt::format("flatgrid checkpoint {:016x}", crc64(body))) {
    throw Error("is damaged");
  }
  const std::string expected = fmt::format("point {}\n{}", flat, origin);
  if (!body.starts_with(expected)) throw Error("is of another configuration or build");
  return std::string(body.substr(expected.size()));
}

}  // namespace

Checkpoints::Checkpoints(const fs::path& results, const configuration::Configuration& configuration,
                         std::function<void(const std::string&)> warn)
    : folder_(folder_of(results)), warn_(std::move(warn)) {
  origin_ = fmt::format("configuration {:016x}\nbuild {} {}\n",
                        crc64(configuration::identity_text(configuration)), results::git_commit(),
                        results::build_description());
}

fs::path Checkpoints::folder_of(const fs::path& results) {
  fs::path folder = results;
  folder += ".checkpoints";
  return folder;
}

fs::path Checkpoints::file_of(std::int64_t flat) const { return folder_ / std::to_string(flat); }

std::optional<grid::PointState> Checkpoints::load(std::int64_t flat) {
  const fs::path file = file_of(flat);
  std::error_code missing;
  const fs::file_status status = fs::status(file, missing);
  if (!fs::exists(status)) return std::nullopt;
  std::ostringstream bytes;
  // A pipe or a device may never end; without bytes it is damaged like the others.
  if (fs::is_regular_file(status)) bytes << std::ifstream(file, std::ios::binary).rdbuf();
  try {
    return grid::point_state(without_header(bytes.str(), flat, origin_));
  } catch (const Error& error) {
    warn_once(
        fmt::format("{}: the checkpoint {}: its point starts again", file.string(), error.what()));
    return std::nullopt;
  }
}

void Checkpoints::keep(std::int64_t flat, const grid::PointState& state) {
  std::error_code exists;
  fs::create_directory(folder_, exists);
  try {
    replace_file(file_of(flat), "checkpoint", with_header(flat, origin_, grid::to_bytes(state)));
  } catch (const std::exception& error) {
    warn_once(fmt::format("{}; the campaign goes on without", error.what()));
  }
}

void Checkpoints::remove(std::int64_t first, std::int64_t count) {
  if (count > 1 && ::access(folder_.c_str(), F_OK) != 0) return;
  for (std::int64_t flat = first; flat < first + count; ++flat) ::unlink(file_of(flat).c_str());
}

void Checkpoints::clean_up(const fs::path& results,
                           const std::function<bool(std::int64_t flat)>& is_recorded) {
  const fs::path folder = folder_of(results);
  std::error_code unreadable;
  std::vector<fs::path> useless;
  for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
       entry.increment(unreadable)) {
    const std::string name = entry->path().filename().string();
    std::int64_t flat = 0;
    const auto [number_end, error] = std::from_chars(name.data(), name.data() + name.size(), flat);
    const std::string_view rest =
        std::string_view(name).substr(static_cast<std::size_t>(number_end - name.data()));
    if (error != std::errc() || flat < 0) continue;  // somebody else's
    if (rest.starts_with(k_aside_mark) || (rest.empty() && is_recorded(flat))) {
      useless.push_back(entry->path());
    }
  }
  std::error_code ignored;
  for (const fs::path& file : useless) fs::remove(file, ignored);
  ::rmdir(folder.c_str());  // if it is empty
}

void Checkpoints::warn_once(const std::string& warning) {
  if (!std::exchange(warned_, true)) warn_(warning);
}

}  // namespace flatgrid::campaign
