#pragma once
// Purpose: what takes people and places out of files that go to others, and what looks whether any are left.
// Names: raw ids get numbers by an order that depends on a key alone (SHA-256 of key, group and id), so that a number
// says nothing of the id or of its place in the data. The same id has the same name everywhere in its group.
// Scrubber: an absolute path becomes its last part (`/data/lab/ml-100k`: `ml-100k`); addresses of endpoints and names
// of keys in a configuration become stand-ins; comments go, since nobody can tell whose names stand there.
// Scanner: finds forbidden paths, words (whole, in any case), e-mail addresses and raw ids in a text. Raw ids are looked
// for where they can be told from other words: at least six characters, digits and letters among them, or eight.
// Complexity: O(text) for each forbidden word; raw ids O(text) together. Determinism: equal keys, equal names.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "framework/base/files.h"

namespace motive {

class Names {
 public:
  /// prefix: 'u' gives u000001; `user-000001` where the ids themselves look like that.
  Names(std::string prefix, std::string longer) : prefix_(std::move(prefix)), longer_(std::move(longer)) {}

  void add(const std::string& group, std::string_view id) { ids_[group].emplace(id); }
  /// Gives the names. Call once, after the last add().
  void number(const std::string& key);
  /// Nothing where the id was not added.
  const std::string* of(const std::string& group, const std::string& id) const;
  std::size_t size() const;
  /// Those of all groups.
  std::vector<std::string> raw() const;

 private:
  std::string prefix_, longer_;
  std::map<std::string, std::set<std::string>> ids_;
  std::map<std::string, std::unordered_map<std::string, std::string>> names_;
};

/// Absolute paths, and paths from ~, become their last part. What is no path stays, byte for byte.
std::string without_paths(std::string_view text);
/// The same for a YAML file, without comments, addresses of endpoints and names of keys.
std::string scrubbed_yaml(std::string_view text);

/// Who and where we are: what must not stand in a bundle.
struct Traces {
  std::vector<std::string> paths;  // found as they stand, where no further letter follows
  std::vector<std::string> words;  // found as whole words, in any case
};
/// Home folder, user and host of this process. Names that say nothing (root, user, localhost) are left out.
Traces own_traces();

class Scanner {
 public:
  /// allowed: findings that are none, such as a user's name that is a word of the data.
  Scanner(Traces traces, const std::vector<std::string>& raw_ids, std::vector<std::string> allowed);
  /// The first finding, in words: "the path `...`", or nothing.
  std::optional<std::string> find(std::string_view text) const;

 private:
  bool allows(std::string_view found) const;
  std::optional<std::string> find_id(std::string_view text) const;
  Traces traces_;
  std::unordered_set<std::string> ids_;
  std::set<std::string> allowed_;
};

}  // namespace motive
