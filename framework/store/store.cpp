#include "framework/store/store.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "framework/base/hash.h"
#include "framework/store/process.h"

namespace motive {
namespace fs = std::filesystem;
namespace {

constexpr const char* kKinds[] = {"prepared", "splits", "candidates", "features", "fits", "ranks", "trials", "chosen"};

Result<Json> file_list(const Path& folder) {
  Json files = Json::object();
  std::error_code code;
  for (const auto& entry : fs::recursive_directory_iterator(folder, code)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), folder).generic_string();
    MOTIVE_ASSIGN(const std::string hash, sha256_file(entry.path()));
    files[name] = {{"bytes", entry.file_size()}, {"sha256", hash}};
  }
  if (code) return fail("{}: cannot list: {}", folder.string(), code.message());
  return files;
}

bool matches(const Path& folder, const Json& files, bool full) {
  for (const auto& [name, expected] : files.items()) {
    std::error_code code;
    const auto bytes = fs::file_size(folder / name, code);
    if (code || bytes != expected.value("bytes", std::uintmax_t{0} - 1)) return false;
    if (!full) continue;
    const auto hash = sha256_file(folder / name);
    if (!hash || *hash != expected.value("sha256", "")) return false;
  }
  return true;
}

/// The folder aside carries its maker's mark, so that sweep() knows whether he still lives.
Path aside_of(const Path& folder) {
  const ProcessMark self = this_process();
  return folder.parent_path() / fmt::format(".{}.{}.{}.making", folder.filename().string(), self.pid, self.start);
}

Status finish(const NodeSpec& node, const Path& aside) {
  MOTIVE_ASSIGN(Json files, file_list(aside));
  const Json description = {{"kind", node.kind}, {"hash", node.hash}, {"spec", node.spec}, {"files", std::move(files)}};
  return write_file_synced(aside / "node.json", description.dump(1) + "\n");
}

}  // namespace

NodeSpec NodeSpec::make(std::string kind, Json spec) {
  const std::string text = Json{{"kind", kind}, {"spec", spec}}.dump();
  return {std::move(kind), std::move(spec), sha256_hex(text).substr(0, 32)};
}

Result<Store> Store::open(const Path& root) {
  Store store;
  std::error_code code;
  store.root_ = fs::absolute(root, code);
  if (code) return fail("{}: not a usable path: {}", root.string(), code.message());
  return store;
}

NodeState Store::state(const NodeSpec& node, bool full) const {
  const Path place = folder(node);
  std::error_code code;
  if (!fs::exists(place, code)) return NodeState::kAbsent;
  const auto text = read_file(place / "node.json");
  if (!text) return NodeState::kDamaged;
  const Json description = Json::parse(*text, nullptr, false);
  if (!description.is_object() || description.value("hash", "") != node.hash || description.value("kind", "") != node.kind ||
      description.value("spec", Json()) != node.spec || !description.contains("files")) {
    return NodeState::kDamaged;
  }
  return matches(place, description["files"], full) ? NodeState::kComplete : NodeState::kDamaged;
}

Result<bool> Store::build(const NodeSpec& node, const std::function<Status(const Path&)>& make,
                          const std::function<bool()>& waiting) const {
  const Path place = folder(node);
  MOTIVE_TRY(make_folders(place.parent_path()));
  std::unique_ptr<Lease> lease;
  while (true) {
    if (state(node, false) == NodeState::kComplete) return false;
    MOTIVE_ASSIGN(lease, Lease::try_take(place));
    if (lease) break;
    if (!waiting()) return Error{"interrupted while waiting for another run", ErrorKind::kCancelled};
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::error_code code;
  const NodeState found = state(node, true);  // somebody may have finished it just before we took the lease
  if (found == NodeState::kComplete) return false;
  if (found == NodeState::kDamaged) fs::remove_all(place, code);
  const Path aside = aside_of(place);
  fs::remove_all(aside, code);
  MOTIVE_TRY(make_folders(aside));
  auto made = make(aside);
  if (made) made = finish(node, aside);
  if (!made) {
    fs::remove_all(aside, code);
    return made.error();
  }
  MOTIVE_ASSIGN(const bool published, publish_folder(aside, place));
  fs::remove_all(checkpoints(node), code);
  if (!published) fs::remove_all(aside, code);
  return published;
}

std::uint64_t Store::sweep() const {
  std::uint64_t freed = 0;
  std::error_code code;
  for (const char* kind : kKinds) {
    for (const auto& entry : fs::directory_iterator(root_ / kind, code)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(".") || !name.ends_with(".making")) continue;
      // .<hash>.<pid>.<start>.making
      const auto parts = [&] {
        std::vector<std::string> out(1);
        for (const char c : name) c == '.' ? void(out.emplace_back()) : void(out.back() += c);
        return out;
      }();
      if (parts.size() != 5) continue;
      const ProcessMark maker{std::atoll(parts[2].c_str()), std::strtoull(parts[3].c_str(), nullptr, 10)};
      // Another machine's maker cannot be judged by number: its lease tells whether it is at work.
      if (is_alive(maker) || fs::exists(root_ / kind / (parts[1] + ".lease"))) continue;
      for (const auto& file : fs::recursive_directory_iterator(entry.path(), code)) {
        if (file.is_regular_file()) freed += file.file_size();
      }
      fs::remove_all(entry.path(), code);
    }
  }
  return freed;
}

}  // namespace motive
