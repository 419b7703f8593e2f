#include <algorithm>

#include "framework/base/hash.h"
#include "framework/evaluate/csv_zst.h"
#include "framework/report/bundle_parts.h"

namespace motive::bundle {
namespace {

constexpr std::size_t kChunkRows = 1 << 16;

/// The user is the first field of ranks and of lists; the rest of a record stays as it is.
Status rename_users(const Path& from, const Path& to, const std::string& dataset, UserNumbers& users) {
  MOTIVE_ASSIGN(const std::string content, read_zst(from));
  std::string_view text = content;
  const std::string header(text.substr(0, text.find('\n')));
  if (!header.starts_with("user,")) return fail("{}: the first column is not `user`; run the experiment again", from.string());
  text.remove_prefix(std::min(header.size() + 1, text.size()));
  std::vector<std::string> chunks, fields;
  for (std::size_t row = 0; next_csv_record(text, fields); ++row) {
    if (row % kChunkRows == 0) chunks.emplace_back();
    std::string& out = chunks.back();
    append_csv(out, users.name(dataset, fields.front()));
    for (std::size_t f = 1; f < fields.size(); ++f) {
      out += ',';
      append_csv(out, fields[f]);
    }
    out += '\n';
  }
  return write_csv_zst(to, header, chunks.size(), 1,
                       [&](std::size_t chunk, std::string& out) { out = std::move(chunks[chunk]); });
}

Status carry_file(const Path& from, const Path& to) {
  MOTIVE_ASSIGN(const std::string content, read_file(from));
  return write_file_synced(to, content);
}

bool holds_users(const std::string& name) { return name.ends_with(".csv.zst"); }

bool is_carried(const std::string& name) {
  const bool ranks = name.starts_with("ranks") && holds_users(name);
  return ranks || name == "top_k.csv.zst" || name == "diagnostics.json" || name == "llm.json";
}

}  // namespace

std::string UserNumbers::name(const std::string& dataset, std::string_view user) {
  return keep_ids_ ? std::string(user) : fmt::format("u{}", users_[dataset].add(user) + 1);
}

std::size_t UserNumbers::size() const {
  std::size_t n = 0;
  for (const auto& [dataset, users] : users_) n += users.size();
  return n;
}

Status check_node(const Store& store, const std::string& kind, const std::string& hash) {
  const Path folder = store.folder(kind, hash);
  const auto wrong = [&](const char* what) {
    return fail("{}: {}; run the experiment again, which makes what is missing", folder.string(), what);
  };
  const auto text = read_file(folder / "node.json");
  if (!text) return wrong("is not in the store");
  const Json description = Json::parse(*text, nullptr, false);
  if (!description.is_object() || !description.contains("spec")) return wrong("is damaged (node.json)");
  const NodeSpec node = NodeSpec::make(kind, description.at("spec"));
  if (node.hash != hash || store.state(node, true) != NodeState::kComplete)
    return wrong("is damaged: its files are not what node.json says");
  return {};
}

Status copy_ranks(const Store& from, const std::string& hash, const std::string& dataset, UserNumbers& users,
                  const Path& to_store) {
  const Path folder = from.folder("ranks", hash), to = to_store / "ranks" / hash;
  MOTIVE_ASSIGN(const std::string text, read_file(folder / "node.json"));
  Json node = Json::parse(text);  // check_node() has read it
  MOTIVE_TRY(make_folders(to));
  Json files = Json::object();
  for (const auto& [name, unused] : node.at("files").items()) {
    if (!is_carried(name)) continue;
    MOTIVE_TRY(holds_users(name) && !users.keeps_ids() ? rename_users(folder / name, to / name, dataset, users)
                                                       : carry_file(folder / name, to / name));
    MOTIVE_ASSIGN(const std::string sha256, sha256_file(to / name));
    std::error_code code;
    files[name] = {{"bytes", std::filesystem::file_size(to / name, code)}, {"sha256", sha256}};
  }
  node["files"] = std::move(files);
  return write_file_synced(to / "node.json", node.dump(1) + "\n");
}

Result<std::vector<std::string>> files_of(const Path& folder) {
  std::vector<std::string> files;
  std::error_code code;
  for (std::filesystem::recursive_directory_iterator it(folder, code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().lexically_relative(folder).generic_string();
    if (it->is_regular_file(code) && name != "SHA256SUMS") files.push_back(name);
  }
  if (code) return fail("{}: cannot list: {}", folder.string(), code.message());
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> checksums(const Path& folder) {
  MOTIVE_ASSIGN(const auto files, files_of(folder));
  std::string lines;
  for (const std::string& file : files) {
    MOTIVE_ASSIGN(const std::string hash, sha256_file(folder / file));
    lines += hash + "  " + file + "\n";
  }
  return lines;
}

}  // namespace motive::bundle
