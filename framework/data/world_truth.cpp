#include "framework/data/world_truth.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "framework/base/json.h"

namespace motive::world {

/// A text file written in blocks. The first failure is kept.
class Truth::File {
 public:
  explicit File(Path path) : path_(std::move(path)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0) error_ = errno;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  template <class... A>
  void add(fmt::format_string<A...> format, A&&... arguments) {
    block_ += fmt::format(format, std::forward<A>(arguments)...);
    if (block_.size() >= kBlock) flush();
  }
  Status close() {
    flush();
    if (error_ == 0 && ::fsync(descriptor_) != 0) error_ = errno;
    if (error_ != 0) {
      return fail("{}: cannot be written: {}; free some space, or check the permissions of the folder", path_.string(),
                  std::strerror(error_));
    }
    return {};
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 20;
  void flush() {
    for (std::size_t done = 0; done < block_.size() && error_ == 0;) {
      const ssize_t written = ::write(descriptor_, block_.data() + done, block_.size() - done);
      if (written >= 0) {
        done += static_cast<std::size_t>(written);
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
    block_.clear();
  }
  Path path_;
  int descriptor_ = -1;
  int error_ = 0;
  std::string block_;
};

namespace {

/// 120 -> "0.12", 1000 -> "1", 0 -> "0".
std::string thousandths(std::uint32_t value) {
  return fmt::format("{}", static_cast<double>(value) / 1000);
}

/// Quoted where CSV needs it.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

Truth::Truth(const WorldOptions& options, const Words& words) : options_(options), words_(words) {}
Truth::~Truth() = default;

Status Truth::open(const Path& folder) {
  if (folder.empty()) return {};
  MOTIVE_TRY(make_folders(folder));
  folder_ = folder;
  users_ = std::make_unique<File>(folder / "users.csv");
  items_ = std::make_unique<File>(folder / "items.csv");
  std::string traits;
  for (const TraitWords& trait : words_.traits) traits += ',' + cell(trait.name);
  users_->add("user{}", traits);
  for (const std::string& category : words_.categories)
    users_->add(",{}", cell("interest: " + category));
  users_->add("\n");
  items_->add("item{},kind,category,release_day,appeal\n", traits);
  return {};
}

void Truth::add_user(std::string_view id, const User& user) {
  if (!users_) return;
  users_->add("{}", id);
  for (const auto weight : user.motivation) users_->add(",{}", thousandths(weight));
  for (const auto weight : user.interest) users_->add(",{}", thousandths(weight));
  users_->add("\n");
}

void Truth::add_item(std::string_view id, const Item& item) {
  if (!items_) return;
  std::vector<std::uint32_t> strengths(words_.traits.size());
  for (const Share& share : item.traits) strengths[share.which] += share.permille;
  items_->add("{}", id);
  for (const auto strength : strengths) items_->add(",{}", thousandths(strength));
  // The appeal is a multiple of 2^-16: six digits tell any two apart, and are printed the same
  // anywhere.
  items_->add(",{},{},{},{:.6f}\n", cell(words_.kinds[item.kind].name),
              cell(words_.categories[item.category]), item.release,
              static_cast<double>(item.appeal) / static_cast<double>(kOne));
}

Status Truth::close(const RawTables& tables) {
  if (!users_) return {};
  MOTIVE_TRY(users_->close());
  MOTIVE_TRY(items_->close());
  OrderedJson world;
  world["world_version"] = kWorldVersion;
  world["words_sha256"] = words_.sha256;
  world["options"] = config::echo(options_);
  world["users"] = tables.users.size();
  world["items"] = tables.items.size();
  world["events"] = tables.size();
  return write_file_synced(folder_ / "world.json", world.dump(2) + "\n");
}

}  // namespace motive::world
