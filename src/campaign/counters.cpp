// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/counters.hpp"

#include <algorithm>

namespace flatgrid::campaign {
namespace {

// Places of the counters.
constexpr std::int64_t k_stop = 0;
constexpr std::int64_t k_work = 1;  // followed by the points taken and those finished, by status
constexpr std::int64_t k_finished = k_work + 2;
constexpr std::int64_t k_behind =
    k_finished +
    grid::k_status_count;  // points behind, by slice, then under way, by rank, then computed
                           // points and their microseconds, by kind

}  // namespace

CampaignCounters::CampaignCounters(const parallel::Communicator& communicator, std::int64_t kinds)
    : ranks_(communicator.size()),
      kinds_(kinds),
      counters_(communicator, k_behind + 2 * std::int64_t{communicator.size()} + 2 * kinds) {}

std::int64_t CampaignCounters::raise(int slice, std::int64_t value) {
  return counters_.raise(k_behind + slice, value);
}

void CampaignCounters::read(int first_slice, std::span<std::int64_t> values) {
  counters_.read(k_behind + first_slice, values);
}

// Stored as flat + 1: the counters begin at 0.

void CampaignCounters::set_under_way(int rank, std::int64_t flat) {
  counters_.set(k_behind + ranks_ + rank, flat + 1);
}

std::vector<std::int64_t> CampaignCounters::under_way() {
  std::vector<std::int64_t> flat(static_cast<std::size_t>(ranks_));
  counters_.read(k_behind + ranks_, flat);
  for (std::int64_t& value : flat) --value;
  return flat;
}

void CampaignCounters::add(const Tally& tally) {
  std::array<std::int64_t, k_behind - k_work> values{tally.work, tally.taken};
  std::copy(tally.finished.begin(), tally.finished.end(), values.begin() + k_finished - k_work);
  counters_.add(k_work, values);
}

void CampaignCounters::add(std::int64_t kind, const KindTally& tally) {
  counters_.add(k_behind + 2 * std::int64_t{ranks_} + 2 * kind,
                std::array{tally.points, tally.microseconds});
}

std::vector<KindTally> CampaignCounters::computed() {
  std::vector<std::int64_t> values(2 * static_cast<std::size_t>(kinds_));
  counters_.read(k_behind + 2 * std::int64_t{ranks_}, values);
  std::vector<KindTally> tallies;
  for (std::size_t i = 0; i < values.size(); i += 2) {
    tallies.push_back({.points = values[i], .microseconds = values[i + 1]});
  }
  return tallies;
}

void CampaignCounters::request_stop(StopReason reason) {
  counters_.raise(k_stop, static_cast<std::int64_t>(reason));
}

CampaignCounters::Totals CampaignCounters::totals() {
  std::array<std::int64_t, k_behind> values{};
  counters_.read(k_stop, values);
  Totals totals;
  totals.stop = static_cast<StopReason>(values[k_stop]);
  totals.tally.work = values[k_work];
  totals.tally.taken = values[k_work + 1];
  std::copy_n(values.begin() + k_finished, grid::k_status_count, totals.tally.finished.begin());
  return totals;
}

}  // namespace flatgrid::campaign
