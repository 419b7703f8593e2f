#pragma once
// Purpose: the wanted values of a JSON object, found in one pass over its text (simdjson's
// on-demand parser); nothing else of it is kept. Keys that nobody wants are passed over: of their
// values only brackets and quotes are checked. Values become text: strings unescaped, numbers as
// they are written, true and false by name, null as
// "" (missing), lists joined, lists of lists joined by "; ". Where a key stands twice, the last
// counts.

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

namespace motive {

/// A wanted value: the first of `names` that is there and not empty. A dot leads into an object.
struct JsonColumn {
  std::string role;
  std::vector<std::string> names;
  std::string join = ", ";  // between the elements of a list

  /// "`parent_asin` or `asin`", for errors.
  std::string shown() const;
};

class JsonFields {
 public:
  explicit JsonFields(const std::vector<JsonColumn>& columns);

  /// values [columns]: views into the text and into this object, until the next call. Returns "" or
  /// what is wrong.
  std::string read(simdjson::ondemand::object object, std::vector<std::string_view>& values);

  /// A scalar as text; an error for lists and objects, and for what is no JSON value.
  static simdjson::error_code scalar_text(simdjson::ondemand::value value, std::string_view& text);

 private:
  /// Where a value goes; `rank`: which of the column's names it has.
  struct Target {
    std::size_t slot, rank;
  };
  /// A key that is wanted, or leads to one.
  struct Node {
    std::string key;
    std::vector<Target> targets;
    std::vector<Node> children;
  };
  void add(const std::string& path, Target target);
  simdjson::error_code collect(simdjson::ondemand::object object, const std::vector<Node>& nodes,
                               std::vector<std::string_view>& values);
  simdjson::error_code take(simdjson::ondemand::value value, const Node& node,
                            std::vector<std::string_view>& values);
  simdjson::error_code text_of(simdjson::ondemand::value value, const Node& node,
                               std::string_view& text);
  simdjson::error_code join(simdjson::ondemand::array list, const std::string& between, int depth,
                            std::string& text);

  std::vector<Node> nodes_;
  std::vector<std::string> joins_;               // [slots]
  std::vector<std::size_t> ranks_;               // [slots] of the value found so far
  std::vector<std::vector<std::string>> texts_;  // [slots][ranks] of joined lists
  std::string problem_;
};

/// Whether text stands behind the value that was read.
inline bool has_more(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::SUCCESS;
}

}  // namespace motive
