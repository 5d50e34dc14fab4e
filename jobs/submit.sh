#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Submits a campaign to Slurm. The settings of the cluster are in jobs/site.sh.
#
#   jobs/submit.sh one-node   CONFIG RESULTS     a job on one node
#   jobs/submit.sh many-nodes CONFIG RESULTS     a job on several
#   jobs/submit.sh array      CONFIG RESULTS     one job for each part of the grid, on one node each, and a job
#                                                that merges the parts after all have ended
#   jobs/submit.sh chain      CONFIG RESULTS     consecutive jobs until the campaign is done, for time limits
#                                                shorter than the campaign
#
# Options, after these arguments: --parts N (for an array; default 4), --dry-run (submit nothing, print the commands),
# --set section.key=value and --reuse OLD (as for `flatgrid run`; may be repeated); --after JOB (used by a link of
# a chain to submit the next one: prints only the id of the job).
# Configuration, results and options are checked before anything is submitted; exit code 2: nothing was submitted.
set -euo pipefail

fail() {
  echo "jobs/submit.sh: $*" >&2
  exit 2
}

jobs_folder="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
flatgrid_root="$(dirname "$jobs_folder")"
site="$(readlink -f "${FLATGRID_SITE:-$jobs_folder/site.sh}")"
[ -r "$site" ] || fail "${FLATGRID_SITE:-}: there is no such file of site settings (FLATGRID_SITE)"
# shellcheck source=jobs/site.sh
source "$site"
source "$jobs_folder/environment.sh"

[ $# -ge 3 ] || fail "usage: jobs/submit.sh one-node|many-nodes|array|chain CONFIG RESULTS [options]"
kind="$1" configuration="$2" results="$3"
shift 3
parts='' dry_run=false after='' overrides=() reuse=()
case "$kind" in
  one-node | array) nodes=1 ;;
  many-nodes | chain) ;;
  *) fail "'$kind': must be one-node, many-nodes, array or chain" ;;
esac
while [ $# -gt 0 ]; do
  option="$1"
  case "$option" in
    --parts | --set | --reuse | --after)
      [ $# -ge 2 ] || fail "$option needs a value"
      value="$2"
      shift
      ;;
    --parts=* | --set=* | --reuse=* | --after=*) value="${option#*=}" option="${option%%=*}" ;;
  esac
  shift
  case "$option" in
    --parts) parts="$value" ;;
    --set) overrides+=(--set "$value") ;;
    --reuse)
      [ -r "$value" ] || fail "--reuse $value: there is no such file"
      reuse+=(--reuse "$(readlink -f "$value")")
      ;;
    --after) after="$value" ;;
    --dry-run) dry_run=true ;;
    *) fail "unknown option '$option'" ;;
  esac
done
[ -z "$parts" ] || [ "$kind" = array ] || fail "--parts $parts: only an array has parts, not $kind"
parts="${parts:-4}"
[[ "$parts" =~ ^[1-9][0-9]{0,5}$ ]] || fail "--parts '$parts': must be a whole number from 1 to 999999"
[ -z "$after" ] || [ "$kind" = chain ] || fail "--after $after: only a chain has links, not $kind"
[[ "$after" =~ ^[0-9]*$ ]] || fail "--after '$after': must be the id of a job"

# Checks here what would fail in every job.
[ -x "$flatgrid" ] || fail "$flatgrid: there is no such program; build it first, or set flatgrid in $site"
results="$(readlink -m "$results")"
if [ -z "$after" ]; then
  # COLUMNS=1000: each warning of the plan in one line.
  plan="$(COLUMNS=1000 "$flatgrid" plan "$configuration" --output "$results" "${overrides[@]}" \
    "${reuse[@]}")" || exit $?
  if [ "$kind" = array ]; then
    for ((part = 1; part <= parts; ++part)); do
      file="$results.parts/$part-of-$parts.h5"
      [ -e "$file" ] || continue
      refusal="$("$flatgrid" plan "$configuration" --output "$file" --part "$part/$parts" \
        "${overrides[@]}" "${reuse[@]}" 2>&1 >/dev/null)" || fail "${refusal##*flatgrid: }"
    done
  fi
  grep '^# warning: ' <<<"$plan" >&2 || true
fi
configuration="$(readlink -f "$configuration")"
if [ "$dry_run" = false ] && ! command -v sbatch >/dev/null; then
  fail "there is no sbatch: this is no cluster with Slurm, or not its login node"
fi

name="flatgrid-$(basename "$results" .h5)"
log="$results.log"
common=(--parsable --job-name="$name" --open-mode=append --time="$time_limit")
[ -z "$partition" ] || common+=(--partition="$partition")
[ -z "$account" ] || common+=(--account="$account")
[ -z "$qos" ] || common+=(--qos="$qos")
threads="${threads_per_task:-1}"
[[ "$threads" =~ ^[1-9][0-9]{0,2}$ ]] || fail "$site: threads_per_task='$threads': must be a whole number from 1 to 999"
compute=("${common[@]}" --nodes="$nodes" --ntasks-per-node="${tasks_per_node:-$((cores_per_node / threads))}"
  --signal="B:USR1@$warning_seconds")
[ "$threads" -eq 1 ] || compute+=(--cpus-per-task="$threads")
[ -z "$memory_per_task" ] || compute+=(--mem-per-cpu="$memory_per_task")
compute+=("${extra_options[@]}")

# submit OPTIONS...: submits a job and prints its id; in a dry run prints the command, and JOB as its id.
submit() {
  if [ "$dry_run" = true ]; then
    printf 'sbatch' >&2
    printf ' %q' "$@" >&2
    echo >&2
    echo JOB
  else
    local id
    id="$(sbatch "$@")" || exit $?
    echo "${id%%;*}" # without the name of the cluster
  fi
}

# A user who submits again has removed the reason why runs made no progress.
if [ "$dry_run" = false ] && [ -z "$after" ]; then
  rm -f "$results.attempts" "$results.parts"/*.attempts
fi

options=("${overrides[@]}" "${reuse[@]}")
campaign=("$jobs_folder/campaign.sbatch" "$flatgrid_root" "$site" "$kind" "$configuration" "$results")
case "$kind" in
  one-node | many-nodes)
    id="$(submit "${compute[@]}" --requeue --output="$log" "${campaign[@]}" "${options[@]}")"
    submitted="job $id on $nodes node(s)"
    ;;
  chain)
    # A link is not requeued: its successor waits for its end, with any exit code, and continues.
    compute+=(--no-requeue --output="$log")
    [ -z "$after" ] || compute+=(--dependency="afterany:$after")
    id="$(submit "${compute[@]}" "${campaign[@]}" "${options[@]}")"
    if [ -n "$after" ]; then
      echo "$id"
      exit
    fi
    submitted="job $id, the first link; each submits the next"
    ;;
  array)
    [ "$dry_run" = true ] || mkdir -p "$results.parts"
    id="$(submit "${compute[@]}" --requeue --array="1-$parts" --output="$results.parts/%a-of-$parts.log" \
      "${campaign[@]}" "${options[@]}")"
    merge="$(submit "${common[@]}" --nodes=1 --ntasks=1 --requeue --output="$log" \
      --dependency="afterany:$id" "$jobs_folder/merge.sbatch" "$flatgrid_root" "$site" "$results" "$parts")"
    submitted="array $id of $parts parts, and job $merge to merge them"
    ;;
esac
if [ "$dry_run" = true ]; then
  echo "nothing was submitted: --dry-run"
  exit
fi
echo "submitted $submitted"
echo "watch it:  squeue --name=$name;  tail -f $log;  $flatgrid status $results"
echo "stop it:   scancel --name=$name    (submit again in the same way to continue)"
