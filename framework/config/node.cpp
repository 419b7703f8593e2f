#include "framework/config/node.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "framework/config/yaml_writer.h"

namespace motive::config {

namespace {

constexpr std::size_t kMaxLines = 100;
constexpr std::size_t kMaxExcerpt = 60;

char folded(char c) {
  if (c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Edit distance with transpositions of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
          folded(a[i - 2]) == folded(b[j - 1])) {
        now[j] = std::min(now[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

template <class J>
Node node_of(const J& json, const Mark& mark) {
  Node node;
  node.mark = mark;
  if (json.is_object()) {
    node.kind = Node::Kind::kMap;
    for (const auto& [key, value] : json.items()) node.add(key, mark, node_of(value, mark));
  } else if (json.is_array()) {
    node.kind = Node::Kind::kSequence;
    for (const auto& item : json) node.items.push_back(node_of(item, mark));
  } else if (!json.is_null()) {
    node.kind = Node::Kind::kScalar;
    node.quoted = json.is_string();
    if (json.is_string()) {
      node.scalar = json.template get_ref<const std::string&>();
    } else {
      node.scalar = json.is_number_float() ? number_text(json.template get<double>()) : json.dump();
    }
  }
  return node;
}

}  // namespace

std::string Mark::text() const {
  return line == 0 ? source : fmt::format("{}:{}:{}", source, line, column);
}

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(key));
}

const Mark& Node::key_mark(std::string_view key) const {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].first == key) return key_marks[i];
  }
  return mark;
}

void Node::add(std::string key, const Mark& place, Node value) {
  members.emplace_back(std::move(key), std::move(value));
  key_marks.push_back(place);
}

void Errors::add(const Mark& mark, std::string message) {
  lines_.push_back({mark, std::move(message)});
}

Error Errors::error() const {
  std::map<std::string, std::size_t> order;  // of sources, by first appearance
  for (const Line& line : lines_) order.emplace(line.mark.source, order.size());
  std::vector<const Line*> sorted;
  for (const Line& line : lines_) sorted.push_back(&line);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Line* a, const Line* b) {
    return std::tuple(order.at(a->mark.source), a->mark.line, a->mark.column) <
           std::tuple(order.at(b->mark.source), b->mark.line, b->mark.column);
  });
  std::vector<std::string> texts;
  std::set<std::string> seen;
  for (const Line* line : sorted) {
    std::string text = fmt::format("{}: {}", line->mark.text(), line->message);
    if (seen.insert(text).second) texts.push_back(std::move(text));
  }
  std::string message;
  for (std::size_t i = 0; i < std::min(texts.size(), kMaxLines); ++i) {
    message += (i == 0 ? "" : "\n") + texts[i];
  }
  if (texts.size() > kMaxLines) {
    message += fmt::format("\n... and {} more errors", texts.size() - kMaxLines);
  }
  return {message, ErrorKind::kInvalid};
}

Status Errors::status() const { return empty() ? Status{} : Status{error()}; }

Node from_json(const Json& json, const std::string& source) {
  return node_of(json, {source, 0, 0});
}

Node from_json(const OrderedJson& json, const std::string& source) {
  return node_of(json, {source, 0, 0});
}

std::string nearest_name(std::string_view typed, const std::vector<std::string>& valid) {
  constexpr std::size_t kLongestName =
      128;  // longer is no slip of a key, and the search is quadratic
  if (typed.empty() || typed.size() > kLongestName) return "";
  std::size_t best = 2 + typed.size() / 3;  // one more than what is near
  std::string nearest;
  for (const std::string& name : valid) {
    if (name.size() > 2 * kLongestName) continue;
    const std::size_t distance = edit_distance(typed, name);
    // A name of one or two letters is near to any other: it must share something.
    if (distance < best && distance < std::max(typed.size(), name.size())) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& valid) {
  const std::string nearest = nearest_name(typed, valid);
  return nearest.empty() ? "" : fmt::format(" did you mean `{}`?", nearest);
}

std::string excerpt(std::string_view text) {
  std::string shown;
  std::size_t i = 0;
  for (; i < text.size() && shown.size() < kMaxExcerpt; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7f) {
      shown += c == '\n' ? "\\n" : c == '\t' ? "\\t" : fmt::format("\\x{:02x}", c);
    } else {
      shown += text[i];
    }
  }
  while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) {
    shown += text[i++];  // the rest of a character of several bytes
  }
  return "`" + shown + (i < text.size() ? fmt::format("...` ({} bytes)", text.size()) : "`");
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
    case Node::Kind::kScalar:
      break;
  }
  return node.quoted ? "the text " + excerpt(node.scalar) : excerpt(node.scalar);
}

}  // namespace motive::config
