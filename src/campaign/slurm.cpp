// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/slurm.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "flatgrid/base/duration.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid::campaign {
namespace {

/// The first line a command prints; empty if it fails.
std::string first_line_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 256> line{};
  if (!pipe || std::fgets(line.data(), line.size(), pipe.get()) == nullptr) return {};
  const std::string text(line.data());
  return text.substr(0, text.find('\n'));
}

}  // namespace

double parse_slurm_time_left(std::string_view text) {
  if (text == "UNLIMITED") return std::numeric_limits<double>::infinity();
  try {
    // It always tells the seconds: a number alone is none of its own.
    if (text.find(':') != std::string_view::npos) return parse_duration(text);
  } catch (const Error&) {
    // Neither is this.
  }
  throw Error(fmt::format("squeue calls the time left '{}'", text));
}

double seconds_left_in_slurm_job() {
  const char* job = std::getenv("SLURM_JOB_ID");
  if (job == nullptr)
    throw Error("there is no SLURM_JOB_ID in the environment: not a job of Slurm's");
  if (const char* end = std::getenv("SLURM_JOB_END_TIME"); end != nullptr) {
    using namespace std::chrono;
    const std::string_view text(end);
    double seconds = 0.0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && rest == text.data() + text.size()) {
      return seconds - duration<double>(system_clock::now().time_since_epoch()).count();
    }
  }
  // A number, so that nothing else gets into the command.
  if (std::string_view(job).find_first_not_of("0123456789") != std::string_view::npos) {
    throw Error(fmt::format("SLURM_JOB_ID '{}' is no number", job));
  }
  const std::string left =
      first_line_of(fmt::format("squeue --noheader --jobs={} --format=%L 2>/dev/null", job));
  if (left.empty()) {
    throw Error(
        fmt::format("there is no SLURM_JOB_END_TIME in the environment, and squeue does not "
                    "tell the time left of job {}",
                    job));
  }
  return parse_slurm_time_left(left);
}

double seconds_for_campaign_in_slurm_job() { return seconds_left_in_slurm_job() - 30.0; }

}  // namespace flatgrid::campaign
