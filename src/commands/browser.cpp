// SPDX-License-Identifier: MIT
#include "browser.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <fmt/format.h>

namespace flatgrid::commands {
namespace {

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

std::string open_in_browser(const std::filesystem::path& page) {
  const bool named = is_set("BROWSER");
  if (!named && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) {
    return "there is no display (DISPLAY, WAYLAND_DISPLAY), and BROWSER is not set";
  }
  // The shell splits BROWSER into words.
  constexpr std::string_view k_named = R"(exec $BROWSER "$1" 2>/dev/null)";
  constexpr std::string_view k_known = R"(exec xdg-open "$1" >/dev/null 2>&1)";
  std::string script(named ? k_named : k_known);
  std::string file = std::filesystem::absolute(page).string();
  char shell[] = "/bin/sh";
  char option[] = "-c";
  char* const words[] = {shell, option, script.data(), shell, file.data(), nullptr};
  pid_t process = 0;
  if (posix_spawn(&process, shell, nullptr, nullptr, words, environ) != 0) {
    return "no shell could be started";
  }
  // A browser that BROWSER names may be one of the terminal: it is waited for. xdg-open may stay as long as
  // its browser; if it fails, it does so soon.
  int status = 0;
  pid_t ended = 0;
  constexpr int k_looks = 30;
  for (int look = 0; ended == 0 && (named || look < k_looks); ++look) {
    ended = waitpid(process, &status, WNOHANG);
    if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  if (ended == 0 || status == 0) return {};
  const std::string_view program = named ? std::getenv("BROWSER") : "xdg-open";
  constexpr int k_not_found = 127;  // of a shell
  return WIFEXITED(status) && WEXITSTATUS(status) == k_not_found
             ? fmt::format("{} is not installed", program)
             : fmt::format("{} failed", program);
}

}  // namespace flatgrid::commands
