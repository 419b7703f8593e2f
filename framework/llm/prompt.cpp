#include "framework/llm/prompt.h"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <optional>

#include "framework/base/environment.h"
#include "framework/base/hash.h"
#include "framework/base/trimmed.h"
#include "framework/config/node.h"
#include "framework/config/utf8.h"

namespace motive::llm {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::string_view kBlanks = " \t\n";

int line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

/// "a, b and c", with the marks of a placeholder.
std::string listed(const std::vector<std::string>& names) {
  std::string words;
  for (std::size_t i = 0; i < names.size(); ++i) {
    words += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    words += "{{" + names[i] + "}}";
  }
  return words.empty() ? "none" : words;
}

/// Each {{..}} of a template, in order: where it begins and ends, its sign (# ^ / & ! > = {, or a space) and its name.
struct Tag {
  std::size_t begin = 0, end = 0;
  char sign = ' ';
  std::string_view name;
};

Result<std::vector<Tag>> tags_of(std::string_view text, const std::string& file) {
  std::vector<Tag> tags;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const bool triple = text.substr(at).starts_with("{{{");
    const std::string_view close = triple ? "}}}" : "}}";
    const std::size_t inside = at + close.size();
    const std::size_t end = text.find(close, inside);
    if (end == std::string_view::npos) {
      return invalid("{}:{}: a {{{{ is never closed; write {{{{name}}}} where a value belongs", file, line_of(text, at));
    }
    Tag tag{at, end + close.size(), triple ? '{' : ' ', trimmed(text.substr(inside, end - inside), " \t\r\n")};
    if (!triple && !tag.name.empty() && std::string_view("#^/&!>=").find(tag.name[0]) != std::string_view::npos) {
      tag.sign = tag.name[0];
      tag.name = trimmed(tag.name.substr(1), " \t\r\n");
    }
    tags.push_back(tag);
    at = tag.end;
  }
  return tags;
}

/// The names of a dotted name: "item.title" is two, "." is none.
std::vector<std::string> names_in(std::string_view name) {
  std::vector<std::string> names;
  if (name == ".") return names;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    names.emplace_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

/// Refuses what render() could not fill in, and collects the names that are used.
Status check_tags(std::string_view text, const std::vector<Tag>& tags, const std::string& file,
                  const std::vector<std::string>& known, std::vector<std::string>& used) {
  for (const Tag& tag : tags) {
    const int line = line_of(text, tag.begin);
    if (tag.sign == '!') continue;
    if (tag.sign == '>')
      return invalid("{}:{}: {{{{> {}}}}}: a prompt is one file, it cannot take in another", file, line, tag.name);
    if (tag.sign == '=') return invalid("{}:{}: the marks {{{{ and }}}} cannot be changed", file, line);
    for (const std::string& name : names_in(tag.name)) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return invalid("{}:{}: {} is no placeholder of this prompt; there are {}.{}", file, line, config::excerpt(name),
                       listed(known), config::did_you_mean(name, known));
      }
      if (std::find(used.begin(), used.end(), name) == used.end()) used.push_back(name);
    }
  }
  return {};
}

/// Stands behind each section's tag while a template is rendered. kainjow takes lines out on which nothing but section tags
/// stood, and not those of a section that it skips; with a mark no line is blank to it, and lines are taken out here alone.
constexpr char kMark = '\1';

/// Lines of one tag of these signs, with nothing else on them, lose all but the tag, as Mustache has it. Of comments nothing
/// stays anywhere.
std::string without_own_lines(std::string_view text, const std::vector<Tag>& tags, std::string_view signs) {
  std::string kept;
  std::size_t from = 0;
  for (const Tag& tag : tags) {
    if (signs.find(tag.sign) == std::string_view::npos) continue;
    std::size_t begin = tag.begin, end = tag.end;
    const std::size_t line = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;
    const std::size_t next = std::min(text.find('\n', end), text.size());
    if (line >= from && trimmed(text.substr(line, begin - line), kBlanks).empty() && trimmed(text.substr(end, next - end), kBlanks).empty()) {
      begin = line;
      end = std::min(next + 1, text.size());
    }
    kept += text.substr(from, begin - from);
    if (tag.sign != '!') kept.append(text.substr(tag.begin, tag.end - tag.begin)) += kMark;
    from = end;
  }
  return kept += text.substr(from);
}

struct Parts {
  std::optional<std::string> system, user;
};

/// "system" of "=== system ===", or nothing where the line is none of that kind.
std::optional<std::string_view> heading(std::string_view line) {
  line = trimmed(line, kBlanks);
  if (line.size() < 7 || !line.starts_with("===") || !line.ends_with("===")) return std::nullopt;
  const std::string_view name = trimmed(line.substr(3, line.size() - 6), " =\t");
  return name.empty() ? std::nullopt : std::optional(name);
}

/// Lines before the first heading may hold a comment about the file; it has been taken out by now.
Result<Parts> split_parts(std::string_view text, const std::string& file) {
  Parts parts;
  std::optional<std::string>* part = nullptr;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (const auto name = heading(line)) {
      if (*name != "system" && *name != "user") {
        return invalid("{}: `=== {} ===` is no part of a prompt; there are `=== system ===` and `=== user ===`", file, *name);
      }
      part = *name == "system" ? &parts.system : &parts.user;
      if (part->has_value()) return invalid("{}: there are two parts `=== {} ===`; leave one out", file, *name);
      part->emplace();
    } else if (part != nullptr) {
      part->value().append(line).append("\n");
    } else if (!trimmed(line, kBlanks).empty()) {
      return invalid("{}: text stands before the first part; begin with a line `=== system ===`", file);
    }
  }
  if (!parts.system) return invalid("{}: the part `=== system ===` is missing (it may be empty)", file);
  if (!parts.user || trimmed(*parts.user, kBlanks).empty()) return invalid("{}: the part `=== user ===` is missing or empty", file);
  return parts;
}

/// A part as it is rendered, once it is known to parse.
Result<std::string> template_of(std::string_view part, const std::string& file, const char* name) {
  part = trimmed(part, kBlanks);
  MOTIVE_ASSIGN(const std::vector<Tag> tags, tags_of(part, file));
  const mustache::mustache tmpl{std::string(part)};
  if (!tmpl.is_valid()) {
    return invalid("{}: the part `=== {} ===` does not parse: {} (counted in characters from the part's beginning); each "
                   "{{{{#name}}}} needs its {{{{/name}}}}", file, name, tmpl.error_message());
  }
  return without_own_lines(part, tags, "#^/");
}

mustache::data to_data(const Json& value) {
  if (value.is_object()) {
    mustache::data object{mustache::data::type::object};
    for (const auto& [name, member] : value.items()) object.set(name, to_data(member));
    return object;
  }
  if (value.is_array()) {
    mustache::data list{mustache::data::type::list};
    for (const Json& element : value) list.push_back(to_data(element));
    return list;
  }
  if (value.is_boolean()) return mustache::data(value.get<bool>());
  // An empty text is nothing: {{#brand}}, by {{brand}}{{/brand}} is left out where there is no brand.
  if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty())) return mustache::data(false);
  if (value.is_string()) return mustache::data(value.get<std::string>());
  return mustache::data(value.dump());
}

std::string render_part(const std::string& part, const mustache::data& data) {
  mustache::mustache tmpl{part};
  tmpl.set_custom_escape([](const std::string& text) { return text; });
  std::string text = tmpl.render(data);
  std::erase(text, kMark);
  return std::string(trimmed(text, kBlanks));
}

std::string without_carriage_returns(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string kept;
  kept.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      kept += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      kept += '\n';
    }
  }
  return kept;
}

}  // namespace

Path prompt_file(const std::string& own, const Path& of_method) {
  if (!own.empty()) return own;
  std::error_code code;
  if (const Path here = checkout_folder() / of_method; std::filesystem::exists(here, code)) return here;
  return Path(MOTIVE_SOURCE_DIR) / of_method;
}

Result<Prompt> Prompt::read(const Path& file, const std::vector<std::string>& known) {
  const auto text = read_file(file);
  if (!text) return invalid("prompt: {}", text.error().message);
  return parse(*text, file.string(), known);
}

Result<Prompt> Prompt::parse(std::string_view text, const std::string& name, const std::vector<std::string>& known) {
  Prompt prompt;
  prompt.name_ = name;
  prompt.hash_ = sha256_hex(text);
  const std::string plain = without_carriage_returns(text);
  for (std::size_t at = 0; at < plain.size();) {
    const auto character = config::decode_utf8(plain, at);
    if (character.size == 0) return invalid("{}:{}: this is not UTF-8; save the file as UTF-8", name, line_of(plain, at));
    at += character.size;
  }
  MOTIVE_ASSIGN(const std::vector<Tag> tags, tags_of(plain, name));
  MOTIVE_TRY(check_tags(plain, tags, name, known, prompt.used_));
  MOTIVE_ASSIGN(const Parts parts, split_parts(without_own_lines(plain, tags, "!"), name));
  MOTIVE_ASSIGN(prompt.system_, template_of(*parts.system, name, "system"));
  MOTIVE_ASSIGN(prompt.user_, template_of(*parts.user, name, "user"));
  return prompt;
}

std::vector<Message> Prompt::render(const Json& values) const {
  const mustache::data data = to_data(values);
  std::vector<Message> messages;
  if (!system_.empty()) messages.push_back({"system", render_part(system_, data)});
  messages.push_back({"user", render_part(user_, data)});
  return messages;
}

bool Prompt::uses(std::string_view name) const { return std::find(used_.begin(), used_.end(), name) != used_.end(); }

}  // namespace motive::llm
