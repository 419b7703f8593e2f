// What is known of the source files before they are read: their checksums, and what reading will
// need.
#include "framework/base/hash.h"
#include "framework/data/format.h"
#include "framework/data/prepared.h"
#include "framework/data/text_source.h"

namespace motive {
namespace {

constexpr std::size_t kSampleSize = 256 << 10;

Result<std::uint64_t> size_of(const Path& file) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  if (code) return fail("{}: cannot read its size: {}", file.string(), code.message());
  return static_cast<std::uint64_t>(size);
}

/// The first bytes of a file, and how large it is when decompressed, judged by them.
struct Sample {
  std::string text;
  double bytes = 0;
};

Result<Sample> sample_of(const Path& file) {
  MOTIVE_ASSIGN(TextSource source, TextSource::open(file));
  Sample sample;
  sample.text.resize(kSampleSize);
  MOTIVE_ASSIGN(const std::size_t got, source.read(sample.text));
  sample.text.resize(got);
  const auto total = static_cast<double>(source.bytes_total());
  sample.bytes = total;
  if (source.compressed() && source.bytes_read() > 0) {
    sample.bytes = total * static_cast<double>(got) / static_cast<double>(source.bytes_read());
  }
  return sample;
}

/// Events in the sample, judged by what one event is in it.
double events_in(const std::string& text, Format::EventUnit unit) {
  double lines = 0, words = 0, commas = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (inside && space) ++words;
    inside = !space;
    if (c == '\n') ++lines;
    if (c == ',') ++commas;
  }
  const double events = unit == Format::EventUnit::kWord    ? words - lines
                        : unit == Format::EventUnit::kComma ? commas
                                                            : lines;
  return std::max(1.0, events);
}

}  // namespace

Result<Json> source_fingerprint(const Descriptor& descriptor) {
  Json files = Json::array();
  if (descriptor.synthetic()) {
    MOTIVE_ASSIGN(const std::string words, sha256_file(world_words_file()));
    files.push_back({{"file", "words.yaml"}, {"sha256", words}, {"world", kWorldVersion}});
    return files;
  }
  MOTIVE_ASSIGN(const Path folder, find_files(descriptor));
  for (const std::string& name : files_in(descriptor, folder)) {
    const Path file = folder / name;
    MOTIVE_ASSIGN(const std::uint64_t bytes, size_of(file));
    MOTIVE_ASSIGN(const std::string sum, sha256_file(file));
    const auto expected = descriptor.checksums.find(name);
    if (expected != descriptor.checksums.end() && expected->second != sum) {
      return invalid(
          "{}: its SHA-256 is {}, the description of {} says {}; fetch the file again, or correct "
          "`checksums` if you changed it on purpose",
          file.string(), sum, descriptor.name, expected->second);
    }
    files.push_back({{"file", name}, {"bytes", bytes}, {"sha256", sum}});
  }
  return files;
}

Result<PrepareEstimate> estimate_prepare(const Descriptor& descriptor) {
  PrepareEstimate estimate;
  double text_bytes = 0;
  if (descriptor.synthetic()) {
    const WorldEstimate world = estimate_world(*descriptor.world);
    estimate.events = world.events;
    estimate.memory_bytes = world.memory_bytes;
  } else {
    MOTIVE_ASSIGN(const Path folder, find_files(descriptor));
    for (const std::string& name : files_in(descriptor, folder)) {
      MOTIVE_ASSIGN(const Sample sample, sample_of(folder / name));
      if (name != descriptor.interactions->file) {
        text_bytes += sample.bytes;
        continue;
      }
      const double share =
          sample.bytes / std::max<double>(1.0, static_cast<double>(sample.text.size()));
      // RecBole's benchmark files hold a history a line.
      const bool lists = sample.text.substr(0, 1000).find("item_id_list") != std::string::npos;
      const Format::EventUnit unit =
          lists ? Format::EventUnit::kWord : format_of(descriptor.interactions->format).event_unit;
      estimate.events = static_cast<std::uint64_t>(events_in(sample.text, unit) * share) + 1;
    }
  }
  const auto events = static_cast<double>(estimate.events);
  // Raw tables take 20 bytes an event, up to half as much again while they grow; order and a column
  // being written another 12. Ids: at most one new user and item in eight events. Text: read once,
  // written once.
  const double ids = events / 4 * 60;
  estimate.memory_bytes += static_cast<std::uint64_t>(events * 42 + ids + text_bytes * 2.5 + 32e6);
  estimate.disk_bytes = static_cast<std::uint64_t>(events * 24 + ids + text_bytes * 1.2 + 1e6);
  return estimate;
}

}  // namespace motive
