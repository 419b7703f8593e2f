#pragma once
// Purpose: a YAML document as a tree that remembers where each value stood, so that an error can
// say file:line:column. Scalars stay text until a field says what type it wants: `010` is not 8 and
// `no` is not false. YAML 1.2 as far as a configuration needs it; refused are duplicate keys, tags,
// merge keys, a second document, control characters, bytes that are not UTF-8, nesting deeper than
// 64, more than 200,000 nodes (aliases counted as often as they are used) and more than 64 MiB.
// Built from YAML text (yaml-cpp's events), from JSON, or by `--set a.b.c=value`.
// Errors: all go to `errors`; a tree returned beside errors is not to be used.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/json.h"
#include "framework/base/status.h"

namespace motive::config {

inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 200'000;
inline constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

/// Where a value stood. line 0: it has no line (an override, JSON); `source` then says what it was.
struct Mark {
  std::string source;
  int line = 0;              // from 1
  int column = 0;            // from 1, in characters
  std::string text() const;  // "experiment.yaml:3:7" or "--set seeds.init"
};

struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string scalar;       // kScalar
  bool quoted = false;      // kScalar: written in quotes, so a string whatever it looks like
  std::vector<Node> items;  // kSequence
  std::vector<std::pair<std::string, Node>> members;  // kMap, in order
  std::vector<Mark> key_marks;                        // kMap, one a member
  Mark mark;

  // Defined below, where Node is whole: clang looks into std::pair<std::string, Node> for them.
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_map() const { return kind == Kind::kMap; }
  const Node* find(std::string_view key) const;  // nullptr where absent or not a map
  Node* find(std::string_view key);
  const Mark& key_mark(std::string_view key) const;  // kMap; the map's own mark where absent
  void add(std::string key, const Mark& key_mark, Node value);  // kMap
};

inline Node::Node() = default;
inline Node::Node(const Node&) = default;
inline Node::Node(Node&&) noexcept = default;
inline Node& Node::operator=(const Node&) = default;
inline Node& Node::operator=(Node&&) noexcept = default;
inline Node::~Node() = default;

/// Collects all errors of a file, so that they are shown at once.
class Errors {
 public:
  void add(const Mark& mark, std::string message);
  bool empty() const { return lines_.empty(); }
  std::size_t size() const { return lines_.size(); }
  /// One line an error, sorted by position, without repeats; kind kInvalid. Call where not empty.
  /// After a hundred lines the rest is counted.
  Error error() const;
  Status status() const;

 private:
  struct Line {
    Mark mark;
    std::string message;
  };
  std::vector<Line> lines_;
};

Node parse_yaml(std::string_view text, const std::string& source, Errors& errors);
Node load_yaml(const std::string& file, Errors& errors);  // an unreadable file is an error at file
/// Strings become quoted scalars. For JSON of our own making: nesting is not limited.
Node from_json(const Json& json, const std::string& source);
Node from_json(const OrderedJson& json, const std::string& source);

/// Applies "a.b.c=value"; value is YAML, nothing stands for null. Missing maps are made. A list
/// element is named by its number from 0, or, in lists of names and maps such as
/// `[popularity, bpr: {dim: 64}]`, by its `label`, `name`, key or text: models.bpr.dim=32 works for
/// `bpr` and for `bpr: {...}`. A part that holds a dot is written in double quotes:
/// models."a.b".dim=32.
void apply_override(Node& root, const std::string& assignment, Errors& errors);

/// The nearest of `valid` to a mistyped name, or "" where none is near (edit distance <= 1 +
/// size/3; case and `-` for `_` cost nothing).
std::string nearest_name(std::string_view typed, const std::vector<std::string>& valid);

/// " did you mean `epochs`?" or "": ends an error message that says what was typed.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& valid);

/// User text inside an error message: in backquotes, control characters escaped, long text cut.
std::string excerpt(std::string_view text);

/// What stands at a node, in words: "`abc`", "a list", "a map", "nothing".
std::string describe(const Node& node);

}  // namespace motive::config
