// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "flatgrid/base/checksum.hpp"
#include "flatgrid/base/clock.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid::campaign {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds k_sign_of_life_period(5);
/// A campaign whose file has not changed for so long is dead.
constexpr std::chrono::seconds k_patience = 3 * k_sign_of_life_period;

/// The same whichever way the results file is called, through a symbolic link say.
fs::path running_file(const fs::path& results) {
  std::error_code unreachable;
  fs::path file = fs::weakly_canonical(results, unreachable);
  if (unreachable) file = results;
  file += ".running";
  return file;
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// More than a campaign ever says of itself.
constexpr std::size_t k_most_bytes = 1 << 20;

/// All there is in a file; nothing if it is another kind of thing (a pipe, say).
std::string read_all(int descriptor) {
  std::string text;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return text;
  std::array<char, 4096> piece{};
  ssize_t count = 0;
  while (text.size() < k_most_bytes && (count = ::pread(descriptor, piece.data(), piece.size(),
                                                        static_cast<off_t>(text.size()))) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return text;
}

/// The last line, of all before it, says that the file is whole: it is read while it is being
/// written, and a disk may damage it.
std::string last_line(std::string_view text) {
  return fmt::format("checksum = {:016x}\n", crc64(text));
}

std::string as_text(const RunningCampaign& campaign, const std::string& token,
                    std::int64_t signs_of_life) {
  std::string text = fmt::format(
      "campaign = {}\nhost = {}\npid = {}\njob = {}\nranks = {}\nstarted = {}\nsigns_of_life = {}\n"
      "seconds = {}\nwork_fraction = {}\nto_compute = {}\nfinished = {}\nfailed = {}\n",
      token, campaign.host, campaign.pid, campaign.job, campaign.ranks, campaign.started,
      signs_of_life, campaign.seconds, campaign.work_fraction, campaign.to_compute,
      campaign.finished, campaign.failed);
  if (campaign.seconds_left) text += fmt::format("seconds_left = {}\n", *campaign.seconds_left);
  for (const auto& point : campaign.under_way) {
    text += fmt::format("under_way = {} {}\n", point.flat, point.seconds);
  }
  return text + last_line(text);
}

std::optional<RunningCampaign> from_text(const std::string& text) {
  const std::size_t size = last_line("").size();
  if (text.size() < size) return std::nullopt;
  const std::string_view body = std::string_view(text).substr(0, text.size() - size);
  if (!text.ends_with(last_line(body))) return std::nullopt;
  RunningCampaign campaign;
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t sign = line.find(" = ");
    if (sign == std::string::npos) continue;
    const std::string value = line.substr(sign + 3);
    if (line.starts_with("under_way")) {
      std::istringstream pair(value);
      pair >> campaign.under_way.emplace_back().flat >> campaign.under_way.back().seconds;
    } else {
      values[line.substr(0, sign)] = value;
    }
  }
  const auto read = [&](const char* name, auto& value) {
    std::istringstream(values[name]) >> value;
  };
  campaign.host = values["host"];
  campaign.job = values["job"];
  campaign.started = values["started"];
  read("pid", campaign.pid);
  read("ranks", campaign.ranks);
  read("seconds", campaign.seconds);
  read("work_fraction", campaign.work_fraction);
  if (values.contains("seconds_left")) read("seconds_left", campaign.seconds_left.emplace());
  read("to_compute", campaign.to_compute);
  read("finished", campaign.finished);
  read("failed", campaign.failed);
  return campaign;
}

constexpr std::string_view k_ignored = "is empty or damaged, and ignored";

[[noreturn]] void refuse(const fs::path& file, const std::string& text) {
  const auto campaign = from_text(text).value_or(RunningCampaign{});
  const std::string job = campaign.job.empty() ? "" : fmt::format(" (job {})", campaign.job);
  throw Error(
      fmt::format("{}: another campaign is writing these results: process {} on {}{}, since {}; "
                  "wait for its end, "
                  "or stop it",
                  file.string(), campaign.pid, campaign.host, job, campaign.started));
}

struct Locked {
  int descriptor;
  bool by_kernel;  ///< false where the file system has no locks
};

/// Opens and locks the file; creates it if it is not there.
Locked lock(const fs::path& file) {
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (descriptor < 0) {
      throw Error(fmt::format("{}: cannot create: {}", file.string(),
                              std::generic_category().message(errno)));
    }
    const bool by_kernel = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!by_kernel && errno == EWOULDBLOCK) {
      const std::string text = read_all(descriptor);
      ::close(descriptor);
      refuse(file, text);
    }
    if (FileIdentity(descriptor).is_still_named(file)) return {descriptor, by_kernel};
    ::close(descriptor);  // its owner has removed it meanwhile
  }
}

/// A process that runs, not one that is dead and waits for its parent to take note.
bool is_process(int pid) {
  std::ifstream stream(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(stream, text);
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end).find_first_of("ZX") != 2;
}

/// What the file says now; nothing if it is gone. It is opened anew each time: only then does a network
/// file system ask its server.
std::optional<std::string> read_anew(const fs::path& file) {
  // Without waiting for somebody who would write into a pipe of this name.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  std::string text = read_all(descriptor);
  ::close(descriptor);
  return text;
}

constexpr double k_patience_seconds = std::chrono::duration<double>(k_patience).count();

/// Waits until the file says something else than `text`, but not for longer than a living campaign takes;
/// what it says then.
std::optional<std::string> wait_for_change(const fs::path& file, const std::string& text) {
  const double end = monotonic_seconds() + k_patience_seconds;
  std::optional<std::string> now = text;
  while (now == text && monotonic_seconds() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    now = read_anew(file);
  }
  return now;
}

std::string watching(const fs::path& file, std::string_view host) {
  return fmt::format("{}: is of a campaign on {}; watching for up to {} seconds whether it lives",
                     file.string(), host, k_patience.count());
}

}  // namespace

std::optional<RunningCampaign> read_running(const fs::path& results,
                                            const std::function<void(const std::string&)>& say) {
  const fs::path file = running_file(results);
  // It may be in the middle of being written.
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto text = read_anew(file);
    if (!text) return std::nullopt;
    if (auto campaign = from_text(*text)) return campaign;
  }
  if (say) say(fmt::format("{}: {}", file.string(), k_ignored));
  return std::nullopt;
}

CampaignWatch::CampaignWatch(const fs::path& results, std::function<void(const std::string&)> say)
    : file_(running_file(results)), say_(std::move(say)) {}

bool CampaignWatch::is_alive(const RunningCampaign& campaign) {
  if (campaign.host == host_name()) return is_process(campaign.pid);
  std::optional<std::string> now = read_anew(file_);
  if (!text_ && now) {
    say_(watching(file_, campaign.host));
    text_ = now;
    changed_ = monotonic_seconds() - k_patience_seconds;
    now = wait_for_change(file_, *text_);
  }
  if (now != text_) changed_ = monotonic_seconds();
  text_ = now;
  return now && monotonic_seconds() < changed_ + k_patience_seconds;
}

CampaignLock::CampaignLock(const fs::path& results, int ranks,
                           const std::function<void(const std::string&)>& say)
    : file_(running_file(results)), begin_(monotonic_seconds()) {
  const Locked locked = lock(file_);
  descriptor_ = locked.descriptor;
  identity_ = FileIdentity(descriptor_);
  std::random_device random;
  token_ = fmt::format("{:08x}{:08x}", random(), random());
  const char* job = std::getenv("SLURM_JOB_ID");
  campaign_.host = host_name();
  campaign_.pid = getpid();
  campaign_.job = job == nullptr ? "" : job;
  campaign_.ranks = ranks;
  campaign_.started =
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now()));
  const std::string text = read_all(descriptor_);
  const auto before = from_text(text);
  if (!before && !text.empty()) say(fmt::format("{}: {}", file_.string(), k_ignored));
  if (before ? before->host != campaign_.host || !locked.by_kernel
             : !text.empty() && !locked.by_kernel) {
    say(watching(file_, before ? before->host : "some host"));
    if (wait_for_change(file_, text) != text) {
      ::close(descriptor_);
      refuse(file_, text);
    }
  }
  write_sign_of_life();
  writer_ = std::jthread([this](const std::stop_token& ended) {
    std::mutex mutex;
    std::unique_lock sleep(mutex);
    std::condition_variable_any wakes;
    while (!wakes.wait_for(sleep, ended, k_sign_of_life_period, [] { return false; }) &&
           !ended.stop_requested()) {
      const std::scoped_lock own(mutex_);
      write_sign_of_life();
    }
  });
}

CampaignLock::~CampaignLock() {
  writer_ = {};
  abandon();
  ::close(descriptor_);
}

void CampaignLock::abandon() {
  const std::scoped_lock own(mutex_);
  if (is_owner()) ::unlink(file_.c_str());
}

void CampaignLock::report(const RunningCampaign& campaign) {
  const std::scoped_lock own(mutex_);
  campaign_.work_fraction = campaign.work_fraction;
  campaign_.seconds_left = campaign.seconds_left;
  campaign_.to_compute = campaign.to_compute;
  campaign_.finished = campaign.finished;
  campaign_.failed = campaign.failed;
  campaign_.under_way = campaign.under_way;
  if (signs_written_ == 1) write_sign_of_life();  // the first report is news
}

std::optional<std::string> CampaignLock::lost() const {
  const std::scoped_lock own(mutex_);
  if (!lost_) return std::nullopt;
  return fmt::format("{}: was removed or taken over by another campaign, and this one has stopped",
                     file_.string());
}

void CampaignLock::write_sign_of_life() {
  // Never over what another campaign has written.
  lost_ = lost_ || (signs_written_ > 0 && !is_owner());
  if (lost_) return;
  ++signs_written_;
  campaign_.seconds = monotonic_seconds() - begin_;
  const std::string text = as_text(campaign_, token_, signs_written_);
  // A full disk keeps the file from growing, and that is no reason to stop.
  const bool written =
      ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (written && ::ftruncate(descriptor_, static_cast<off_t>(text.size())) != 0) return;
}

bool CampaignLock::is_owner() const {
  if (!identity_.is_still_named(file_)) return false;
  const std::string text = read_all(descriptor_);  // empty if the disk was full from the start
  return text.empty() || text.starts_with(fmt::format("campaign = {}\n", token_));
}

}  // namespace flatgrid::campaign
