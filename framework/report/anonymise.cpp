#include "framework/report/anonymise.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <tuple>

#include "framework/base/hash.h"

namespace motive {
namespace {

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
/// Of a part of a path, or of bytes beyond ASCII.
bool is_path_letter(char c) {
  return is_letter(c) || static_cast<signed char>(c) < 0 || std::string_view("-.+@%~").find(c) != std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Whether an id could be mistaken for a name that we give.
bool looks_given(std::string_view id, std::string_view prefix) {
  return id.size() > prefix.size() && id.starts_with(prefix) &&
         id.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

/// The end of an absolute path that begins at `at`, or `at`.
std::size_t path_end(std::string_view text, std::size_t at) {
  std::size_t end = at, parts = 0;
  if (text[at] == '~') ++end, ++parts;
  while (end < text.size() && text[end] == '/') {
    std::size_t part = end + 1;
    while (part < text.size() && is_path_letter(text[part])) ++part;
    if (part == end + 1) break;
    end = part;
    ++parts;
  }
  return parts >= 2 ? end : at;
}

/// The text of a line of YAML up to its comment. `quote`: open from the line before, and after this one.
std::string_view without_comment(std::string_view line, char& quote) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (quote == '"' && c == '\\') ++i;
      else if (c == quote) quote = 0;
      continue;
    }
    const bool begins = i == 0 || std::string_view(" \t,[{:").find(line[i - 1]) != std::string_view::npos;
    if ((c == '"' || c == '\'') && begins) quote = c;
    if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
  }
  return line;
}

/// `key: value` with another value, wherever it stands in the line; an empty value stays.
void replace_value(std::string& line, const std::string& key, const std::string& value) {
  for (std::size_t at = line.find(key); at != std::string::npos; at = line.find(key, at + 1)) {
    if (at > 0 && is_letter(line[at - 1])) continue;
    std::size_t begin = line.find_first_not_of(" \t", at + key.size());
    if (begin == std::string::npos) continue;
    std::size_t end = line.find_first_of(" \t,}", begin);
    if (line[begin] == '"' || line[begin] == '\'') end = line.find(line[begin], begin + 1) + 1;
    end = std::min(end, line.size());
    if (end - begin <= 2) continue;  // ""
    line.replace(begin, end - begin, value);
  }
}

std::optional<std::string> find_mail(std::string_view text, const auto& allows) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at, end = at + 1;
    const auto is_local = [](char c) { return is_letter(c) || c == '.' || c == '+' || c == '-'; };
    while (begin > 0 && is_local(text[begin - 1])) --begin;
    while (end < text.size() && (is_letter(text[end]) || text[end] == '.' || text[end] == '-')) ++end;
    while (end > at && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    if (begin == at || end <= at + 1) continue;
    const std::string_view host = text.substr(at + 1, end - at - 1);
    const std::size_t dot = host.rfind('.');
    const bool whole = dot != std::string_view::npos && dot > 0 && host.size() - dot > 2 &&
                       std::all_of(host.begin() + static_cast<std::ptrdiff_t>(dot) + 1, host.end(),
                                   [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
    const std::string_view found = text.substr(begin, end - begin);
    if (whole && !allows(found)) return std::string(found);
  }
  return std::nullopt;
}

/// Long and mixed enough to be nothing else.
bool is_telling(std::string_view id) {
  const bool digit = std::any_of(id.begin(), id.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
  const bool other = std::any_of(id.begin(), id.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) == 0; });
  return other && (id.size() >= 8 || (id.size() >= 6 && digit));
}

}  // namespace

void Names::number(const std::string& key) {
  bool taken = false;
  for (const auto& [group, ids] : ids_) {
    taken |= std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return looks_given(id, prefix_); });
  }
  std::vector<std::tuple<std::string, const std::string*, const std::string*>> order;
  for (const auto& [group, ids] : ids_) {
    for (const std::string& id : ids) order.emplace_back(sha256_hex(key + '\n' + group + '\n' + id), &group, &id);
  }
  std::sort(order.begin(), order.end());
  std::size_t n = 0;
  for (const auto& [hash, group, id] : order) names_[*group][*id] = fmt::format("{}{:06}", taken ? longer_ : prefix_, ++n);
}

const std::string* Names::of(const std::string& group, const std::string& id) const {
  const auto names = names_.find(group);
  if (names == names_.end()) return nullptr;
  const auto name = names->second.find(id);
  return name == names->second.end() ? nullptr : &name->second;
}

std::size_t Names::size() const {
  std::size_t n = 0;
  for (const auto& [group, ids] : ids_) n += ids.size();
  return n;
}

std::vector<std::string> Names::raw() const {
  std::vector<std::string> all;
  for (const auto& [group, ids] : ids_) all.insert(all.end(), ids.begin(), ids.end());
  return all;
}

std::string without_paths(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = text[i] == '/' || text[i] == '~';
    const bool free = i == 0 || std::string_view(" \t\n\r\"'`=:([{,;<>|").find(text[i - 1]) != std::string_view::npos;
    const std::size_t end = starts && free ? path_end(text, i) : i;
    if (end == i) {
      out += text[i++];
      continue;
    }
    const std::string_view path = text.substr(i, end - i);
    out += path.substr(path.rfind('/') + 1);
    i = end + (end < text.size() && text[end] == '/');  // `/data/ml/` is `ml` too
  }
  return out;
}

std::string scrubbed_yaml(std::string_view text) {
  std::string out;
  char quote = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    std::string line(without_comment(whole, quote));
    const bool cut = line.size() < whole.size();
    if (cut) line.erase(line.find_last_not_of(" \t") + 1);
    if (!cut || !line.empty()) {
      replace_value(line, "base_url:", "https://llm.invalid/v1");
      replace_value(line, "api_key_env:", "LLM_API_KEY");
      out += without_paths(line) + "\n";
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

Traces own_traces() {
  static const std::set<std::string> kNobody = {"root",  "user",  "admin",     "nobody", "guest", "ubuntu", "debian",
                                                "build", "runner", "localhost", "host",   "local", "docker"};
  Traces traces;
  const auto add_word = [&](const std::string& word) {
    if (word.size() >= 3 && !kNobody.contains(lower(word))) traces.words.push_back(word);
  };
  const auto add_path = [&](const std::string& path) {
    if (path.size() > 2 && path.front() == '/') traces.paths.push_back(path);
  };
  for (const char* name : {"USER", "LOGNAME"}) {
    if (const char* value = std::getenv(name)) add_word(value);
  }
  if (const char* home = std::getenv("HOME")) add_path(home);
  if (const passwd* entry = ::getpwuid(::getuid())) {
    add_word(entry->pw_name);
    add_path(entry->pw_dir);
    const std::string person = entry->pw_gecos ? entry->pw_gecos : "";
    add_word(person.substr(0, person.find(',')));
  }
  char host[256] = {};
  if (::gethostname(host, sizeof(host) - 1) == 0) {
    const std::string name = host;
    add_word(name);
    add_word(name.substr(0, name.find('.')));
  }
  return traces;
}

Scanner::Scanner(Traces traces, const std::vector<std::string>& raw_ids, std::vector<std::string> allowed)
    : traces_(std::move(traces)) {
  for (const std::string& word : allowed) allowed_.insert(lower(word));
  for (const std::string& id : raw_ids) {
    if (is_telling(id)) ids_.insert(id);
  }
}

bool Scanner::allows(std::string_view found) const { return allowed_.contains(lower(found)); }

std::optional<std::string> Scanner::find_id(std::string_view text) const {
  if (ids_.empty()) return std::nullopt;
  // Words of letters, digits, - and _; then whatever stands between spaces, quotes, commas and brackets.
  for (const bool narrow : {true, false}) {
    const auto is_part = [&](char c) {
      return narrow ? is_letter(c) || c == '-' : std::string_view(" \t\n\r\"',;()[]{}<>\\").find(c) == std::string_view::npos;
    };
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = begin;
      while (end < text.size() && is_part(text[end])) ++end;
      const std::string word(text.substr(begin, end - begin));
      if (!word.empty() && ids_.contains(word) && !allows(word)) return word;
      begin = end + 1;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Scanner::find(std::string_view text) const {
  for (const std::string& path : traces_.paths) {
    if (path.empty() || allows(path)) continue;
    for (std::size_t at = text.find(path); at != std::string_view::npos; at = text.find(path, at + 1)) {
      const std::size_t end = at + path.size();
      if (end >= text.size() || !(is_letter(text[end]) || text[end] == '-')) return fmt::format("the path `{}`", path);
    }
  }
  const std::string small = traces_.words.empty() ? "" : lower(text);
  for (const std::string& word : traces_.words) {
    const std::string wanted = lower(word);
    if (wanted.empty() || allows(wanted)) continue;
    for (std::size_t at = small.find(wanted); at != std::string::npos; at = small.find(wanted, at + 1)) {
      const std::size_t end = at + wanted.size();
      if ((at == 0 || !is_letter(small[at - 1])) && (end >= small.size() || !is_letter(small[end])))
        return fmt::format("the name `{}`", word);
    }
  }
  if (const auto mail = find_mail(text, [this](std::string_view m) { return allows(m); }))
    return fmt::format("the e-mail address `{}`", *mail);
  if (const auto id = find_id(text)) return fmt::format("the user's id `{}`", *id);
  return std::nullopt;
}

}  // namespace motive
