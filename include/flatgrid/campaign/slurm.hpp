// SPDX-License-Identifier: MIT
/// What Slurm knows of the job this process runs in.
#pragma once

#include <limits>
#include <string_view>

namespace flatgrid::campaign {

/// Seconds until the end of this job's time limit, infinite without a limit: from the variable
/// SLURM_JOB_END_TIME, where Slurm sets it (since 22.05), otherwise by asking `squeue`. Throws
/// Error saying why it cannot be told: this is no job of Slurm's, `squeue` is not there.
double seconds_left_in_slurm_job();

/// The same until a campaign stops in order to be gone before that: 30 seconds less, enough to write
/// checkpoints and to hand the job on.
double seconds_for_campaign_in_slurm_job();

/// Seconds of a time left as `squeue --format=%L` prints it: "1-02:03:04", "02:03:04", "3:04";
/// infinite for "UNLIMITED". Throws Error for anything else.
double parse_slurm_time_left(std::string_view text);

}  // namespace flatgrid::campaign
