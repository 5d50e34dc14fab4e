// SPDX-License-Identifier: MIT
/// The time limit of the Slurm job of this process.
#pragma once

#include <limits>
#include <string_view>

namespace flatgrid::campaign {

/// Seconds until the end of this job's time limit; infinite without a limit. Uses the variable
/// SLURM_JOB_END_TIME if Slurm sets it (since 22.05), otherwise calls `squeue`. Throws Error with the reason
/// if the limit is unknown: this is no Slurm job, or `squeue` is missing.
double seconds_left_in_slurm_job();

/// Seconds until a campaign must stop to end before the time limit: 30 seconds earlier, enough to write
/// checkpoints and to requeue the job.
double seconds_for_campaign_in_slurm_job();

/// The seconds of a remaining time as printed by `squeue --format=%L`: "1-02:03:04", "02:03:04", "3:04";
/// infinite for "UNLIMITED". Throws Error for any other text.
double parse_slurm_time_left(std::string_view text);

}  // namespace flatgrid::campaign
