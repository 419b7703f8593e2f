#!/usr/bin/env bash
# Runs every fuzz target for SECONDS_EACH (default 60), one after the other, starting from its cases.
#   cmake --preset fuzz && cmake --build --preset fuzz && tests/fuzz/run.sh [SECONDS_EACH]
# What it finds is left in build/fuzz/found/; mend the code and move the input to tests/fuzz/cases/TARGET/.
set -euo pipefail
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
seconds=${1:-60}
mkdir -p "$root/build/fuzz/found"
status=0
for folder in "$root"/tests/fuzz/cases/*/; do
  name=$(basename "$folder")
  corpus=$root/build/fuzz/corpus/$name
  mkdir -p "$corpus"
  echo "== $name"
  "$root/build/fuzz/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -timeout=20 -rss_limit_mb=4096 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$root/build/fuzz/found/$name-" "$corpus" "$folder" 2>&1 |
    grep -vE '^(INFO|Done|stat::(new_units|slowest|peak|average))' || status=1
done
exit $status
