#!/usr/bin/env bash
# Loading beside plain gunzip of the same file, both on one core, alternately, median of three; then 10 million
# interactions: memory while preparing, seconds to open.
#   cmake --preset bench && cmake --build build/bench --target loading_line
#   MOTIVE_DATA=... tests/bench/loading.sh [FOLDER]      (FOLDER: where 2 GB are free; default a temporary one)
set -euo pipefail
program=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../build/bench/loading_line
program=${LOADING_LINE:-$program}
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
if [[ ! -f $folder/reviews.json.gz ]]; then
  "$program" repeat "$MOTIVE_DATA/amazon-2014-musical-instruments-raw/Musical_Instruments.json.gz" "$folder/reviews.json" 520
  gzip -f "$folder/reviews.json"
fi
gunzip -l "$folder/reviews.json.gz"
median() { sort -n | sed -n 2p; }
for _ in 1 2 3; do
  start=$(date +%s.%N)
  taskset -c 0 gunzip -c "$folder/reviews.json.gz" >/dev/null
  echo "$(date +%s.%N) $start" | awk '{printf "gunzip %.3f\n", $1 - $2}'
  rm -rf "$folder/prepared"
  start=$(date +%s.%N)
  taskset -c 0 "$program" prepare "$folder/prepared" "$folder/reviews.json.gz" amazon_reviews >"$folder/line"
  echo "$(date +%s.%N) $start" | awk '{printf "prepare %.3f\n", $1 - $2}'
done | tee "$folder/times"
cat "$folder/line"
gunzip_median=$(awk '$1 == "gunzip" {print $2}' "$folder/times" | median)
prepare_median=$(awk '$1 == "prepare" {print $2}' "$folder/times" | median)
echo "$prepare_median $gunzip_median" | awk '{printf "medians: prepare %.3f s, gunzip %.3f s, ratio %.2f\n", $1, $2, $1 / $2}'
[[ -f $folder/events.csv ]] || "$program" events "$folder/events.csv" 10000000
rm -rf "$folder/prepared"
"$program" prepare "$folder/prepared" "$folder/events.csv" csv
for _ in 1 2 3; do "$program" open "$folder/prepared"; done
