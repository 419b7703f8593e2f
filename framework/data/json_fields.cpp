#include "framework/data/json_fields.h"

#include <algorithm>
#include <limits>

#include "framework/config/node.h"

namespace motive {
namespace {

namespace od = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;

constexpr int kDeepestList = 8;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
}

}  // namespace

std::string JsonColumn::shown() const {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

JsonFields::JsonFields(const std::vector<JsonColumn>& columns)
    : ranks_(columns.size()), texts_(columns.size()) {
  for (std::size_t slot = 0; slot < columns.size(); ++slot) {
    joins_.push_back(columns[slot].join);
    texts_[slot].resize(columns[slot].names.size());
    for (std::size_t rank = 0; rank < columns[slot].names.size(); ++rank) {
      add(columns[slot].names[rank], {slot, rank});
    }
  }
}

void JsonFields::add(const std::string& path, Target target) {
  std::vector<Node>* level = &nodes_;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, dot - begin);
    auto node = std::find_if(level->begin(), level->end(), [&](auto& n) { return n.key == key; });
    if (node == level->end()) node = level->insert(level->end(), {key, {}, {}});
    if (dot == path.size()) node->targets.push_back(target);
    level = &node->children;
    begin = dot + 1;
  }
}

error_code JsonFields::scalar_text(od::value value, std::string_view& text) {
  od::json_type type;
  if (const error_code code = value.type().get(type)) return code;
  if (type == od::json_type::string) return value.get_string().get(text);
  if (type == od::json_type::array || type == od::json_type::object) {
    return simdjson::INCORRECT_TYPE;
  }
  text = trimmed(value.raw_json_token());
  if (type == od::json_type::null) {
    if (text != "null") return simdjson::N_ATOM_ERROR;
    text = {};
    return SUCCESS;
  }
  if (type == od::json_type::boolean) {
    return text == "true" || text == "false" ? SUCCESS : simdjson::T_ATOM_ERROR;
  }
  return is_number(text) ? SUCCESS : simdjson::NUMBER_ERROR;
}

error_code JsonFields::join(od::array list, const std::string& between, int depth,
                            std::string& text) {
  bool first = true;
  for (auto element : list) {
    od::value value;
    if (const error_code code = element.get(value)) return code;
    od::json_type type;
    if (const error_code code = value.type().get(type)) return code;
    const std::size_t before = text.size();
    if (type == od::json_type::array) {
      if (depth == kDeepestList) return simdjson::DEPTH_ERROR;
      if (!first) text += "; ";
      const std::size_t begin = text.size();
      if (const error_code code = join(value.get_array(), between, depth + 1, text)) return code;
      if (text.size() == begin) text.resize(before);
    } else {
      std::string_view one;
      if (const error_code code = scalar_text(value, one)) return code;
      if (one.empty()) continue;
      if (!first) text += between;
      text += one;
    }
    first = first && text.size() == before;
  }
  return SUCCESS;
}

error_code JsonFields::text_of(od::value value, const Node& node, std::string_view& text) {
  od::json_type type;
  if (const error_code code = value.type().get(type)) return code;
  if (type == od::json_type::object) {
    problem_ = fmt::format("{} is an object; name a key in it, as in {}", config::excerpt(node.key),
                           config::excerpt(node.key + ".key"));
    return simdjson::INCORRECT_TYPE;
  }
  if (type != od::json_type::array) return scalar_text(value, text);
  const Target target = node.targets.front();
  std::string& joined = texts_[target.slot][target.rank];
  joined.clear();
  const error_code code = join(value.get_array(), joins_[target.slot], 0, joined);
  text = joined;
  if (code == simdjson::INCORRECT_TYPE) {
    problem_ =
        fmt::format("the list {} holds an object, which is no text", config::excerpt(node.key));
  }
  return code;
}

error_code JsonFields::take(od::value value, const Node& node,
                            std::vector<std::string_view>& values) {
  if (!node.children.empty()) {
    od::json_type type;
    if (const error_code code = value.type().get(type)) return code;
    if (type == od::json_type::object) return collect(value.get_object(), node.children, values);
    if (node.targets.empty()) return simdjson::SUCCESS;  // what is wanted inside is missing
  }
  std::string_view text;
  if (const error_code code = text_of(value, node, text)) return code;
  for (const Target& target : node.targets) {
    std::string_view& current = values[target.slot];
    std::size_t& rank = ranks_[target.slot];
    const bool better = !text.empty() && (current.empty() || target.rank < rank);
    if (target.rank != rank && !better) continue;
    current = text;
    rank = target.rank;
  }
  return SUCCESS;
}

error_code JsonFields::collect(od::object object, const std::vector<Node>& nodes,
                               std::vector<std::string_view>& values) {
  for (auto each : object) {
    od::field field;
    if (const error_code code = std::move(each).get(field)) return code;
    std::string_view key;
    if (const error_code code = field.unescaped_key().get(key)) return code;
    const auto node =
        std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.key == key; });
    if (node == nodes.end()) continue;
    if (const error_code code = take(field.value(), *node, values)) return code;
  }
  return SUCCESS;
}

std::string JsonFields::read(od::object object, std::vector<std::string_view>& values) {
  values.assign(joins_.size(), {});
  ranks_.assign(joins_.size(), std::numeric_limits<std::size_t>::max());
  problem_.clear();
  const error_code code = collect(object, nodes_, values);
  if (code == SUCCESS) return {};
  return problem_.empty() ? fmt::format("not valid JSON: {}", simdjson::error_message(code))
                          : problem_;
}

}  // namespace motive
