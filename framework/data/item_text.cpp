#include "framework/data/item_text.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "framework/data/encoding.h"

namespace motive {
namespace {

constexpr std::size_t kLongestEntity = 10;  // "thetasym", "#x10ffff"
constexpr std::size_t kLongestTag = 8192;   // with its attributes

constexpr std::array<std::string_view, 24> kInline = {
    "a",    "abbr", "acronym", "b", "big",   "cite", "code",   "del", "em",  "font",   "i",  "ins",
    "mark", "nobr", "q",       "s", "small", "span", "strong", "sub", "sup", "strike", "tt", "u"};
constexpr std::array<std::string_view, 44> kBlock = {
    "address", "article", "aside", "blockquote", "body",   "br",    "caption", "center",  "col",
    "dd",      "div",     "dl",    "dt",         "footer", "form",  "h1",      "h2",      "h3",
    "h4",      "h5",      "h6",    "head",       "header", "hr",    "html",    "iframe",  "img",
    "li",      "main",    "nav",   "ol",         "p",      "pre",   "script",  "section", "style",
    "table",   "tbody",   "td",    "tfoot",      "th",     "thead", "tr",      "ul"};

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

/// The name of the tag that begins at text[at] == '<', in lower case; "" where none does.
std::string tag_name(std::string_view text, std::size_t at) {
  ++at;
  if (at < text.size() && text[at] == '/') ++at;
  std::string name;
  while (at < text.size() && (letter(text[at]) || digit(text[at])) && name.size() < 12)
    name += static_cast<char>(text[at++] | 0x20);
  const bool ends = at < text.size() && (text[at] == '>' || text[at] == '/' || text[at] == ' ' ||
                                         text[at] == '\t' || text[at] == '\n' || text[at] == '\r');
  return ends ? name : "";
}

/// Position behind the closing tag of `name`; npos where it has none.
std::size_t behind_content(std::string_view text, std::size_t from, const std::string& name) {
  for (std::size_t at = from; (at = text.find("</", at)) != std::string_view::npos; ++at) {
    if (tag_name(text, at) != name) continue;
    const std::size_t end = text.find('>', at);
    return end == std::string_view::npos ? end : end + 1;
  }
  return std::string_view::npos;
}

/// Appends `text` without tags.
void strip_tags(std::string_view text, std::string& out) {
  std::size_t close = 0;     // of the first `>` behind `at`: looked for once, so that all is linear
  bool contents_end = true;  // whether a script that opens may still find its end
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find('<', at), text.size());
    out.append(text.substr(at, open - at));
    if (open == text.size()) return;
    at = open;
    if (close == 0 || close < at) close = text.find('>', at);
    if (text.substr(at).starts_with("<!--")) {
      const std::size_t end = text.find("-->", at);
      out += ' ';
      at = end == std::string_view::npos ? text.size() : end + 3;
      continue;
    }
    const std::string name = tag_name(text, at);
    const bool is_inline = std::find(kInline.begin(), kInline.end(), name) != kInline.end();
    const bool is_block = std::find(kBlock.begin(), kBlock.end(), name) != kBlock.end();
    if ((!is_inline && !is_block) || close == std::string_view::npos || close - at > kLongestTag) {
      out += text[at++];
      continue;
    }
    const bool opening = text[at + 1] != '/';
    at = close + 1;
    if (is_block) out += ' ';
    if (!opening || !contents_end || (name != "script" && name != "style")) continue;
    const std::size_t behind = behind_content(text, at, name);
    contents_end = behind != std::string_view::npos;
    if (contents_end) at = behind;
  }
}

void decode_entities(std::string_view text, std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = std::min(text.find('&', at), text.size());
    out.append(text.substr(at, mark - at));
    if (mark == text.size()) return;
    const std::size_t end = text.substr(0, mark + 1 + kLongestEntity).find(';', mark);
    const char32_t code =
        end == std::string_view::npos ? 0 : html_entity(text.substr(mark + 1, end - mark - 1));
    if (code == 0) {
      out += '&';
      at = mark + 1;
    } else {
      append_utf8(code, out);
      at = end + 1;
    }
  }
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

/// Unicode NFC; what is not UTF-8 stays as it is.
void compose(std::string& text) {
  utf8proc_uint8_t* composed = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  if (size < 0) return;
  text.assign(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
}

bool is_invisible(std::int32_t code) {
  return code == 0x200b || code == 0x2060 || code == 0xfeff || code == 0xad;
}

bool is_blank(std::int32_t code) {
  if (code <= 0x20 || code == 0x7f) return true;
  if (code < 0x80) return false;
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZS ||
         category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/// Appends `text` with single blanks.
void collapse(std::string_view text, std::string& out) {
  bool blank = false;
  for (std::size_t at = 0; at < text.size();) {
    std::int32_t code = 0;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    const std::size_t length = size > 0 ? static_cast<std::size_t>(size) : 1;
    const std::string_view character = text.substr(at, length);
    at += length;
    if (size > 0 && is_invisible(code)) continue;
    if (size > 0 && is_blank(code)) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += character;
  }
}

/// What most texts are: printable ASCII with single blanks and nothing to decode.
bool is_clean(std::string_view text, bool html) {
  char before = ' ';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '&' || (html && c == '<')) return false;
    if (c == ' ' && before == ' ') return false;
    before = c;
  }
  return text.empty() || text.back() != ' ';
}

}  // namespace

std::string_view clean_text(std::string_view text, bool html, std::string& buffer) {
  if (is_clean(text, html)) return text;
  std::string work;
  std::string other;
  if (html) {
    strip_tags(text, other);
  } else {
    other = text;
  }
  decode_entities(other, work);
  if (html && work != other) {
    other.clear();
    strip_tags(work, other);
    work.swap(other);
  }
  buffer.clear();
  collapse(work, buffer);
  if (!is_ascii(buffer)) compose(buffer);
  return buffer;
}

}  // namespace motive
