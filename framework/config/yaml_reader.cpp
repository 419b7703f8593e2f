// parse_yaml: yaml-cpp scans and checks the grammar, and tells a handler what it meets; the handler
// builds the tree and refuses what a configuration must not hold.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <sstream>

#include "framework/base/files.h"
#include "framework/config/node.h"
#include "framework/config/utf8.h"

namespace motive::config {

namespace {

/// Ends the parse: more errors would be of no use, or cost without bound.
struct Stop {
  Mark mark;
  std::string message;
};

/// Turns yaml-cpp's places (from zero, columns in bytes) into ours. Places mostly come in order, so
/// the characters of a line are counted from the place before.
class Places {
 public:
  Places(std::string_view text, std::string source) : text_(text), source_(std::move(source)) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }
  Mark operator()(const YAML::Mark& mark) {
    if (mark.is_null()) return {source_, 0, 0};
    const auto line = static_cast<std::size_t>(mark.line);
    if (line >= line_starts_.size()) return at(text_.size());
    const std::size_t start = line_starts_[line];
    const std::size_t end = std::min(start + static_cast<std::size_t>(mark.column), text_.size());
    if (line != line_ || end < end_ || end_ < start) {
      line_ = line;
      end_ = start;
      characters_ = 0;
    }
    characters_ += utf8_length(text_.substr(end_, end - end_));
    end_ = end;
    return {source_, static_cast<int>(line) + 1, static_cast<int>(characters_) + 1};
  }
  Mark at(std::size_t byte) {
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte);
    const std::size_t start = *(next - 1);
    return {source_, static_cast<int>(next - line_starts_.begin()),
            static_cast<int>(utf8_length(text_.substr(start, byte - start))) + 1};
  }

 private:
  std::string_view text_;
  std::string source_;
  std::vector<std::size_t> line_starts_;
  std::size_t line_ = 0, end_ = 0, characters_ = 0;
};

/// Builds one document's tree.
class Builder final : public YAML::EventHandler {
 public:
  Builder(Places& places, Errors& errors) : places_(places), errors_(errors) {}
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) {
      throw Stop{places_(mark),
                 "the document ended before this; only one document a file is allowed"};
    }
    started_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.mark = places_(mark);
    leaf(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.mark = places_(mark);
    refuse_tag(node.mark, tag, tag == "!");  // yaml-cpp's sign of a quoted scalar
    node.kind = Node::Kind::kScalar;
    node.quoted = tag == "!";
    node.scalar = value;
    if (value.find('\0') != std::string::npos) {
      errors_.add(node.mark, "text must not hold a NUL character");
    }
    leaf(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Mark place = places_(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Stop{place, "an alias inside what it stands for"};
    Node copy = found->second;
    count(copy, place, open_.size());
    put(std::move(copy), place);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  // of a map: the next node is the value of key
    std::string key;
    Mark key_mark;
    std::map<std::string, std::size_t, std::less<>> keys;  // where each stands
  };

  void refuse_tag(const Mark& mark, const std::string& tag, bool quoted) {
    if (tag.empty() || tag == "?" || quoted) return;
    errors_.add(mark, fmt::format("tags are not supported, found {}; write the value without it",
                                  excerpt(tag)));
  }
  void count(const Node& node, const Mark& place, std::size_t depth) {
    if (depth > kMaxDepth) throw Stop{place, fmt::format("nested deeper than {}", kMaxDepth)};
    if (++nodes_ > kMaxNodes) {
      throw Stop{place, fmt::format("more than {} values (aliases count as often as they are used)",
                                    kMaxNodes)};
    }
    bytes_ += node.scalar.size();
    for (const auto& [key, value] : node.members) bytes_ += key.size();
    if (bytes_ > kMaxBytes) {
      throw Stop{place, fmt::format("more than {} bytes of text with aliases expanded", kMaxBytes)};
    }
    const std::size_t inner = depth + (node.is_map() || node.is_sequence() ? 1 : 0);
    for (const Node& item : node.items) count(item, place, inner);
    for (const auto& [key, value] : node.members) count(value, place, inner);
  }
  void leaf(Node node, YAML::anchor_t anchor) {
    const Mark mark = node.mark;
    count(node, mark, open_.size());
    finish(std::move(node), anchor, mark);
  }
  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    Open entry;
    entry.node.kind = kind;
    entry.node.mark = places_(mark);
    entry.anchor = anchor;
    refuse_tag(entry.node.mark, tag, false);
    count(Node{}, entry.node.mark, open_.size() + 1);
    open_.push_back(std::move(entry));
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const Mark mark = done.node.mark;
    finish(std::move(done.node), done.anchor, mark);
  }
  void finish(Node node, YAML::anchor_t anchor, const Mark& mark) {
    if (anchor != 0) {
      count(node, mark, open_.size());  // the copy that is kept
      anchors_[anchor] = node;
    }
    put(std::move(node), mark);
  }
  void put(Node node, const Mark& place) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      put_value(parent, std::move(node));
    } else {
      put_key(parent, std::move(node), place);
    }
  }
  void put_key(Open& parent, Node node, const Mark& place) {
    parent.has_key = true;
    parent.key_mark = place;
    parent.key.clear();
    if (!node.is_scalar()) {
      errors_.add(place, fmt::format("a key must be a name, found {}", describe(node)));
      return;
    }
    if (node.scalar == "<<" && !node.quoted) {
      errors_.add(place, "unknown key `<<`: merge keys are not supported; write the members out");
      return;
    }
    parent.key = std::move(node.scalar);
  }
  void put_value(Open& parent, Node node) {
    parent.has_key = false;
    bytes_ += parent.key.size();
    const auto [first, fresh] = parent.keys.emplace(parent.key, parent.node.members.size());
    if (!fresh) {
      errors_.add(parent.key_mark,
                  fmt::format("key {} stands here a second time; the first is at {}",
                              excerpt(parent.key), parent.node.key_marks[first->second].text()));
      return;
    }
    // yaml-cpp notices an absent value only at what follows, often lines below.
    if (node.is_null() && node.mark.line != parent.key_mark.line) node.mark = parent.key_mark;
    parent.node.add(std::move(parent.key), parent.key_mark, std::move(node));
  }

  Places& places_;
  Errors& errors_;
  Node root_;
  bool started_ = false;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0, bytes_ = 0;
};

/// False where the bytes are no text that YAML allows; yaml-cpp itself would take U+0004 for the
/// end.
bool check_text(std::string_view text, Places& places, Errors& errors) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 character = decode_utf8(text, i);
    if (character.size == 0) {
      errors.add(places.at(i), "not UTF-8; save the file as UTF-8");
      return false;
    }
    const char32_t code = character.code;
    if ((code < 0x20 && code != '\n' && code != '\t' && code != '\r') || code == 0x7f ||
        code == 0xFEFF) {
      errors.add(places.at(i),
                 fmt::format("control character U+{:04X}", static_cast<unsigned>(code)));
      return false;
    }
    i += character.size;
  }
  return true;
}

bool only_blanks_and_comments(std::string_view text) {
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
    if (text[at] != '#') return false;
    at = std::min(text.find('\n', at), text.size());
  }
  return true;
}

/// What yaml-cpp says, in words that tell what to look for.
std::string explain(const std::string& message) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kWords = {{
      {"illegal map value",
       "a `:` where none can stand; is the line indented too far or with a tab, a blank missing "
       "after the colon above, or a text that holds `: ` not in quotes?"},
      {"end of map not found", "expected the next key, indented as the keys above"},
      {"end of sequence not found", "expected the next `- `, indented as those above"},
      {"end of sequence flow not found",
       "expected `,` or `]`; a list that `[` opened goes on here"},
      {"end of map flow not found", "expected `,` or `}`; a map that `{` opened goes on here"},
      {"unknown token", "a value cannot begin with this character; put it in quotes"},
      {"illegal block entry", "a list entry (`- `) cannot stand here; give it a line of its own"},
      {"illegal document indicator in scalar", "the text in quotes does not end"},
  }};
  for (const auto& [theirs, ours] : kWords) {
    if (message == theirs) return std::string(ours);
  }
  return "not valid YAML: " + message;
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& source, Errors& errors) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (text.size() > kMaxBytes) {
    errors.add({source, 0, 0}, fmt::format("larger than {} bytes", kMaxBytes));
    return {};
  }
  Places places(text, source);
  if (!check_text(text, places, errors)) return {};
  if (only_blanks_and_comments(text)) {
    errors.add({source, 1, 1}, "empty: nothing but blanks and comments");
    return {};
  }
  Builder builder(places, errors);
  try {
    // The document's end is marked, as yaml-cpp takes the end of the file for a closing quote.
    std::string marked(text);
    marked += marked.back() == '\n' ? "...\n" : "\n...\n";
    std::istringstream stream(std::move(marked));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    errors.add(stop.mark, stop.message);
  } catch (const YAML::Exception& error) {
    errors.add(places(error.mark), explain(error.msg));
  } catch (const std::exception& error) {
    errors.add({source, 0, 0}, fmt::format("cannot be read as YAML: {}", error.what()));
  }
  return builder.take();
}

Node load_yaml(const std::string& file, Errors& errors) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);  // fails for pipes and devices
  if (code) {
    errors.add({file, 0, 0}, fmt::format("cannot read: {}", code.message()));
    return {};
  }
  if (size > kMaxBytes) {
    errors.add({file, 0, 0}, fmt::format("larger than {} bytes: not a configuration", kMaxBytes));
    return {};
  }
  const auto text = read_file(file);
  if (!text) {
    errors.add({file, 0, 0}, text.error().message);
    return {};
  }
  return parse_yaml(*text, file, errors);
}

}  // namespace motive::config
