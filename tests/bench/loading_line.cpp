// What tests/bench/loading.sh measures: makes large source files, prepares them, opens the result.
//   loading_line repeat REVIEWS.json.gz OUT.json MEGABYTES   real lines again and again, with new
//   ids loading_line events OUT.csv EVENTS                       user,item,rating,timestamp, made
//   up loading_line prepare FOLDER FILE FORMAT                  FILE to the columns of FOLDER; one
//   JSON line loading_line open FOLDER                                 opens FOLDER; one JSON line

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "framework/base/rng.h"
#include "framework/data/prepared.h"
#include "framework/data/record_reader.h"

namespace motive {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_megabytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Puts `suffix` behind the value of a key of a JSON line.
void extend_value(std::string& line, const std::string& key, const std::string& suffix) {
  const auto at = line.find("\"" + key + "\": \"");
  if (at == std::string::npos) return;
  const auto end = line.find('"', at + key.size() + 5);
  line.insert(end, suffix);
}

Status repeat_reviews(const Path& from, const Path& to, double megabytes) {
  std::vector<std::string> lines;
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(from, {"\n", '\0', Encoding::kUtf8}));
  for (std::string_view line;;) {
    MOTIVE_ASSIGN(const bool more, reader.next_line(line));
    if (!more) break;
    lines.emplace_back(line);
  }
  std::ofstream out(to, std::ios::binary);
  double written = 0;
  for (int copy = 0; written < megabytes * 1e6; ++copy) {
    for (std::string line : lines) {
      extend_value(line, "reviewerID", std::to_string(copy));
      extend_value(line, "asin", std::to_string(copy));
      out << line << '\n';
      written += static_cast<double>(line.size() + 1);
    }
  }
  return out.flush() ? Status() : Status(fail("{}: cannot write", to.string()));
}

Status make_events(const Path& to, std::uint32_t events) {
  Rng rng(1, "bench/loading");
  std::ofstream out(to, std::ios::binary);
  out << "user,item,rating,timestamp\n";
  std::string line;
  for (std::uint32_t at = 0; at < events; ++at) {
    line = fmt::format("{},{},{},{}\n", rng.below(events / 20 + 1), rng.below(events / 100 + 1),
                       rng.below(5) + 1, 1300000000 + rng.below(300000000));
    out << line;
  }
  return out.flush() ? Status() : Status(fail("{}: cannot write", to.string()));
}

Status prepare_file(const Path& folder, const Path& file, const std::string& format) {
  const auto start = std::chrono::steady_clock::now();
  Descriptor descriptor;
  descriptor.name = "loading";
  descriptor.base_folder = file.parent_path();
  descriptor.path = ".";
  InteractionsFile& interactions = descriptor.interactions.emplace();
  interactions.file = file.filename().string();
  if (format == "amazon_reviews") {
    interactions.format = FileFormat::kAmazonReviews;
  } else {
    interactions.columns = {
        {"user", "user"}, {"item", "item"}, {"rating", "rating"}, {"timestamp", "timestamp"}};
  }
  MOTIVE_TRY(make_folders(folder));
  NoProgress progress;
  MOTIVE_TRY(source_fingerprint(descriptor));
  MOTIVE_TRY(prepare(descriptor, FilterOptions::none(), folder, progress));
  const double seconds = seconds_since(start);
  double columns = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    columns += static_cast<double>(entry.file_size()) / (1 << 20);
  std::cout << Json{{"prepare_seconds", seconds},
                    {"columns_mb", columns},
                    {"peak_mb", peak_megabytes()}}
                   .dump()
            << "\n";
  return {};
}

Status open_folder(const Path& folder) {
  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const PreparedData data, PreparedData::open(folder));
  std::cout << Json{{"open_seconds", seconds_since(start)},
                    {"interactions", data.events().size()},
                    {"peak_mb", peak_megabytes()}}
                   .dump()
            << "\n";
  return {};
}

Status run(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == "repeat")
    return repeat_reviews(words[1], words[2], std::atof(words[3].c_str()));
  if (words.size() == 3 && words[0] == "events")
    return make_events(words[1], static_cast<std::uint32_t>(std::atoll(words[2].c_str())));
  if (words.size() == 4 && words[0] == "prepare") return prepare_file(words[1], words[2], words[3]);
  if (words.size() == 2 && words[0] == "open") return open_folder(words[1]);
  return invalid("usage: loading_line repeat|events|prepare|open ...; see tests/bench/loading.sh");
}

}  // namespace
}  // namespace motive

int main(int argc, char** argv) {
  const auto done = motive::run({argv + 1, argv + argc});
  if (done) return 0;
  std::cerr << done.error().message << "\n";
  return 1;
}
