#pragma once
// Purpose: a YAML document as a tree that remembers where each value stood, so that an error can say
// file:line:column. Scalars stay text until a field says what type it wants: `010` is not 8 and `no`
// is not false. Duplicate keys, tags, documents deeper than 64 or larger than 200,000 nodes (aliases
// counted as often as they are used) are errors.
// Built from YAML text (yaml-cpp's event parser), from JSON, or by `--set a.b.c=value`.

#include <string>
#include <utility>
#include <vector>

#include "framework/base/json.h"
#include "framework/base/status.h"

namespace motive::config {

/// Where a value stood. line 0: it has no line (an override, JSON); `source` then says what it was.
struct Mark {
  std::string source;
  int line = 0;    // from 1
  int column = 0;  // from 1
  std::string text() const;  // "experiment.yaml:3:7" or "--set seeds.init"
};

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string scalar;  // kScalar
  bool quoted = false; // kScalar: written in quotes, so a string whatever it looks like
  std::vector<Node> items;  // kSequence
  std::vector<std::pair<std::string, Node>> members;  // kMap, in order
  std::vector<Mark> key_marks;                         // kMap, one a member
  Mark mark;

  const Node* find(std::string_view key) const;  // kMap; nullptr where absent
};

/// Collects all errors of a file, so that they are shown at once.
class Errors {
 public:
  void add(const Mark& mark, std::string message);
  bool empty() const { return lines_.empty(); }
  std::size_t size() const { return lines_.size(); }
  /// One line an error, sorted by position, without repeats; kind kInvalid. Call where not empty.
  Error error() const;
  Status status() const;

 private:
  struct Line { Mark mark; std::string message; };
  std::vector<Line> lines_;
};

Node parse_yaml(std::string_view text, const std::string& source, Errors& errors);
Node load_yaml(const std::string& file, Errors& errors);  // an unreadable file is an error at file:0
Node from_json(const Json& json, const std::string& source);

/// Applies "a.b.c=value" (value is YAML; list elements by number or by name/label: models.bpr.dim=32).
void apply_override(Node& root, const std::string& assignment, Errors& errors);

/// The nearest of `valid` to a mistyped name, or "" where none is near (edit distance <= 1 + size/3).
std::string nearest_name(std::string_view typed, const std::vector<std::string>& valid);

}  // namespace motive::config
