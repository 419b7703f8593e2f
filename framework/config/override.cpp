// apply_override: one `--set a.b.c=value`.

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/config/node.h"

namespace motive::config {

namespace {

/// The parts of a.b."c.d"; empty where it is malformed.
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  while (at <= path.size()) {
    std::size_t end = 0;
    if (at < path.size() && path[at] == '"') {
      const std::size_t close = path.find('"', at + 1);
      if (close == std::string_view::npos) return {};
      parts.emplace_back(path.substr(at + 1, close - at - 1));
      end = close + 1;
      if (end < path.size() && path[end] != '.') return {};
    } else {
      end = std::min(path.find('.', at), path.size());
      parts.emplace_back(path.substr(at, end - at));
    }
    if (parts.back().empty()) return {};
    at = end + 1;
  }
  return parts;
}

void place(Node& node, const Mark& mark) {
  node.mark = mark;
  for (Mark& key : node.key_marks) key = mark;
  for (Node& item : node.items) place(item, mark);
  for (auto& [key, value] : node.members) place(value, mark);
}

std::string scalar_at(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  return found != nullptr && found->is_scalar() ? found->scalar : "";
}

bool is_one_key(const Node& node) {
  return node.is_map() && node.members.size() == 1 && !node.members[0].second.is_scalar() &&
         !node.members[0].second.is_sequence();
}

/// The names by which a list element goes: label, name, key or text; "" where it has none such.
std::array<std::string, 3> names_of(const Node& node) {
  if (node.is_scalar()) return {"", "", node.scalar};
  const Node& inner = is_one_key(node) ? node.members[0].second : node;
  return {scalar_at(inner, "label"), scalar_at(inner, "name"),
          is_one_key(node) ? node.members[0].first : ""};
}

class Override {
 public:
  Override(std::string path, Node value, Errors& errors)
      : mark_{"--set " + path, 0, 0}, value_(std::move(value)), errors_(errors) {}

  void apply(Node& root, const std::vector<std::string>& parts) {
    Node* node = &root;
    for (std::size_t i = 0; i < parts.size() && node != nullptr; ++i) {
      node = node->is_sequence() ? element(*node, parts[i]) : member(*node, parts, i);
    }
    if (node == nullptr) return;
    *node = std::move(value_);
  }

 private:
  Node* member(Node& node, const std::vector<std::string>& parts, std::size_t i) {
    if (node.is_null()) {
      node.kind = Node::Kind::kMap;
      node.mark = mark_;
    }
    if (!node.is_map()) {
      const std::string above = i == 0 ? "the file" : "`" + parts[i - 1] + "`";
      errors_.add(mark_, fmt::format("{} holds {}, not a map; it has no `{}`", above,
                                     describe(node), parts[i]));
      return nullptr;
    }
    for (std::size_t m = 0; m < node.members.size(); ++m) {
      if (node.members[m].first == parts[i]) {
        if (i + 1 == parts.size()) node.key_marks[m] = mark_;
        return &node.members[m].second;
      }
    }
    Node fresh;
    fresh.mark = mark_;
    node.add(parts[i], mark_, std::move(fresh));
    return &node.members.back().second;
  }

  Node* element(Node& list, const std::string& part) {
    std::size_t index = 0;
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (problem == std::errc{} && end == part.data() + part.size() && index < list.items.size()) {
      return &list.items[index];
    }
    Node* found = nullptr;
    std::size_t best = 0, matches = 0;
    std::vector<std::string> known;
    for (Node& item : list.items) {
      const auto names = names_of(item);
      for (const std::string& name : names) {
        if (!name.empty()) known.push_back(name);
      }
      const auto rank =
          static_cast<std::size_t>(std::find(names.begin(), names.end(), part) - names.begin());
      if (rank == names.size() || (found != nullptr && rank > best)) continue;
      matches = found != nullptr && rank == best ? matches + 1 : 1;
      found = &item;
      best = rank;
    }
    if (matches > 1) {
      errors_.add(mark_,
                  fmt::format("{} entries are called `{}`; use a label or a number from 0 to {}",
                              matches, part, list.items.size() - 1));
      return nullptr;
    }
    if (found == nullptr) {
      errors_.add(
          mark_, fmt::format("the list has no `{}`;{} it has: {} (or a number below {})", part,
                             did_you_mean(part, known), fmt::join(known, ", "), list.items.size()));
      return nullptr;
    }
    return inside(*found);
  }

  /// What a named element holds: the value of a one-key map; a lone name becomes one.
  Node* inside(Node& item) {
    if (item.is_scalar()) {
      Node map, fresh;
      map.kind = Node::Kind::kMap;
      map.mark = fresh.mark = item.mark;
      map.add(item.scalar, item.mark, std::move(fresh));
      item = std::move(map);
    }
    return is_one_key(item) ? &item.members[0].second : &item;
  }

  Mark mark_;
  Node value_;
  Errors& errors_;
};

}  // namespace

void apply_override(Node& root, const std::string& assignment, Errors& errors) {
  const std::size_t equals = assignment.find('=');
  const std::string path = assignment.substr(0, equals);
  const Mark mark{"--set " + path, 0, 0};
  const std::vector<std::string> parts = split_path(path);
  if (equals == std::string::npos || parts.empty()) {
    errors.add(mark, "expected KEY.KEY=VALUE, such as --set models.bpr.dim=32");
    return;
  }
  const std::string text = assignment.substr(equals + 1);
  Node value;
  if (text.find_first_not_of(" \t\r\n") != std::string::npos) {
    const std::size_t before = errors.size();
    value = parse_yaml(text, mark.source, errors);
    if (errors.size() != before) return;
  }
  place(value, mark);
  Override(path, std::move(value), errors).apply(root, parts);
}

}  // namespace motive::config
