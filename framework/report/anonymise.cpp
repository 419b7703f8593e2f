#include "framework/report/anonymise.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "framework/config/node.h"
#include "framework/config/yaml_writer.h"

namespace motive {
namespace {

constexpr const char* kPath = "another absolute path";
constexpr const char* kServer = "the address of a server";
constexpr const char* kLogin = "a login in an address";

/// Of addresses: they say nothing of who asked.
constexpr std::array<std::string_view, 13> kPublicHosts = {
    "localhost",      "127.0.0.1",         "0.0.0.0",
    "api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com",
    "api.mistral.ai", "api.deepseek.com",  "api.together.xyz",
    "api.groq.com",   "openrouter.ai",     "arxiv.org",
    "doi.org"};
/// A path below one of these is absolute although it has one component.
constexpr std::array<std::string_view, 12> kRoots = {"home", "Users", "users", "root", "mnt",     "media",
                                                     "srv",  "opt",   "nfs",   "data", "scratch", "workspace"};
constexpr std::array<std::string_view, 3> kHomes = {"home", "Users", "users"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<signed char>(c) < 0;
}
bool is_path_character(char c) { return is_alphanumeric(c) || std::string_view("/_.-~@+%").find(c) != std::string_view::npos; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// Whether the character before `at` is the end of an escape such as \n, which ends no word.
bool after_escape(std::string_view text, std::size_t at) {
  return at >= 2 && text[at - 2] == '\\' && std::string_view("nrtbf").find(text[at - 1]) != std::string_view::npos;
}

bool stands_alone(std::string_view text, std::size_t at, const Trace& trace) {
  const std::size_t end = at + trace.text.size();
  const char before = at == 0 ? ' ' : text[at - 1], after = end == text.size() ? ' ' : text[end];
  const bool begins =
      after_escape(text, at) ||
      !(is_alphanumeric(before) || (trace.path && std::string_view("_.-~").find(before) != std::string_view::npos));
  return begins && !is_alphanumeric(after) && !(trace.path && (after == '_' || after == '-'));
}

/// The next place of a trace at or after `from`. searched: `text`, in lower case where the trace is a name.
std::size_t next_place(std::string_view text, std::string_view searched, const Trace& trace, std::size_t from) {
  const std::string wanted = trace.path ? trace.text : lowered(trace.text);
  for (std::size_t at = searched.find(wanted, from); at != std::string_view::npos; at = searched.find(wanted, at + 1)) {
    if (stands_alone(text, at, trace)) return at;
  }
  return std::string_view::npos;
}

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

/// A plain scalar as the number or truth value that it is, else as a string.
OrderedJson typed(const config::Node& node) {
  if (node.is_null()) return nullptr;
  if (node.is_map()) {
    OrderedJson json = OrderedJson::object();
    for (const auto& [key, value] : node.members) json[key] = typed(value);
    return json;
  }
  if (node.is_sequence()) {
    OrderedJson json = OrderedJson::array();
    for (const config::Node& item : node.items) json.push_back(typed(item));
    return json;
  }
  if (node.quoted) return node.scalar;
  if (node.scalar == "inf") return std::numeric_limits<double>::infinity();
  if (node.scalar == "-inf") return -std::numeric_limits<double>::infinity();
  if (node.scalar == "nan") return std::numeric_limits<double>::quiet_NaN();
  const OrderedJson json = OrderedJson::parse(node.scalar, nullptr, false);
  return json.is_primitive() && !json.is_discarded() && !json.is_string() ? json : OrderedJson(node.scalar);
}

}  // namespace

Anonymiser::Anonymiser(std::vector<Trace> traces) : traces_(std::move(traces)) {
  std::erase_if(traces_, [](const Trace& trace) { return trace.text.size() < 2; });
  const auto order = [](const Trace& t) {
    return std::tuple(!t.path, -static_cast<std::ptrdiff_t>(t.text.size()), std::string_view(t.text));
  };
  std::stable_sort(traces_.begin(), traces_.end(), [&](const Trace& a, const Trace& b) { return order(a) < order(b); });
}

std::string Anonymiser::without_traces(std::string_view text) {
  std::string out(text);
  for (const Trace& trace : traces_) {
    std::string searched = trace.path ? out : lowered(out);
    std::size_t at = next_place(out, searched, trace, 0);
    for (; at != std::string::npos; at = next_place(out, searched, trace, at + trace.mark.size())) {
      out.replace(at, trace.text.size(), trace.mark);
      searched = trace.path ? out : lowered(out);
      ++replaced_[trace.kind];
    }
  }
  return out;
}

std::string Anonymiser::without_servers(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t mark = text.find("://");
    if (mark == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, mark + 3));
    text.remove_prefix(mark + 3);
    std::string_view authority = text.substr(0, text.find_first_of("/ \t\r\n\"'`()<>,;?#\\"));
    text.remove_prefix(authority.size());
    if (const std::size_t login = authority.rfind('@'); login != std::string_view::npos) {
      authority.remove_prefix(login + 1);
      ++replaced_[kLogin];
    }
    const std::string_view host = authority.substr(0, authority.find(':'));
    if (host.empty() || host == "HOST" || is_one_of(kPublicHosts, lowered(host))) {
      out.append(authority);
      continue;
    }
    out += "HOST";
    ++replaced_[kServer];
  }
}

/// "" where it is no path that says something.
std::string Anonymiser::path_mark(std::string_view path) {
  const auto parts = components(path);
  if (parts.empty() || (parts.size() == 1 && !is_one_of(kRoots, parts[0]))) return "";
  ++replaced_[kPath];
  const bool a_home = parts.size() == 2 && is_one_of(kHomes, parts[0]);
  return parts.size() == 1 || a_home ? "PATH" : "PATH/" + std::string(parts.back());
}

std::string Anonymiser::without_paths(std::string_view text) {
  static constexpr std::string_view kBefore = " \t\r\n\"'`([{<,;=|:";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts = at == 0 || kBefore.find(text[at - 1]) != std::string_view::npos || after_escape(text, at);
    const bool absolute = text[at] == '/' || text.substr(at).starts_with("~/");
    if (!starts || !absolute || text.substr(at).starts_with("//")) {
      out += text[at++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() && is_path_character(text[end])) ++end;
    while (text[end - 1] == '.') --end;  // of the sentence
    const std::string mark = path_mark(text.substr(at, end - at));
    out += mark.empty() ? std::string(text.substr(at, end - at)) : mark;
    at = end;
  }
  return out;
}

std::string Anonymiser::text(std::string_view text) { return without_paths(without_servers(without_traces(text))); }

bool Anonymiser::in_json(OrderedJson& json, bool paths) {
  bool changed = false;
  if (json.is_structured()) {
    for (OrderedJson& value : json) changed |= in_json(value, paths);
    return changed;
  }
  if (!json.is_string()) return false;
  const std::string& given = json.get_ref<const std::string&>();
  std::string mark;
  if (paths && (given.starts_with("/") || given.starts_with("~/")) && !given.starts_with("//")) {
    mark = without_traces(given);  // a path below a trace is told from there
    if (mark == given) mark = path_mark(given);
  }
  std::string now = mark.empty() ? text(given) : mark;
  changed = now != given;
  json = std::move(now);
  return changed;
}

Result<std::string> Anonymiser::json_text(std::string_view document) {
  OrderedJson json = OrderedJson::parse(document, nullptr, false);
  if (json.is_discarded()) return fail("is no JSON");
  return in_json(json, false) ? json.dump(1) + "\n" : std::string(document);
}

Result<std::string> Anonymiser::json_lines(std::string_view lines) {
  std::string out;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    OrderedJson json = OrderedJson::parse(line, nullptr, false);
    if (json.is_discarded()) return fail("line {} is no JSON", number);
    out += in_json(json, false) ? json.dump() : std::string(line);
    out += '\n';
  }
  return out;
}

Result<std::string> Anonymiser::yaml_text(std::string_view document) {
  config::Errors errors;
  const config::Node root = config::parse_yaml(document, "configuration", errors);
  MOTIVE_TRY(errors.status());
  OrderedJson json = typed(root);
  return in_json(json, true) ? config::to_yaml(json) : std::string(document);
}

const Trace* Anonymiser::first_in(std::string_view text) const {
  const std::string low = lowered(text);
  for (const Trace& trace : traces_) {
    if (next_place(text, trace.path ? text : std::string_view(low), trace, 0) != std::string_view::npos) return &trace;
  }
  return nullptr;
}

}  // namespace motive
