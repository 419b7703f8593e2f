#include "framework/data/python_literal.h"

#include <fmt/format.h>

#include <cstdint>

#include "framework/data/encoding.h"

namespace motive {
namespace {

constexpr int kDeepest = 64;

bool digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// What stands between the quotes, decoded.
class StringDecoder {
 public:
  StringDecoder(std::string_view text, bool bytes) : text_(text), bytes_(bytes) {}

  /// False where an escape is not one.
  bool decode(std::string& out) {
    out.clear();
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool escape(std::string& out) {
    if (at_ == text_.size()) return false;
    const char c = text_[at_++];
    static constexpr std::string_view kNames = "abfnrtv'\"\\";
    static constexpr std::string_view kValues = "\a\b\f\n\r\t\v'\"\\";
    if (const auto simple = kNames.find(c); simple != std::string_view::npos) {
      out += kValues[simple];
      return true;
    }
    if (c == 'x') return byte(out, 2);
    if (c == 'u') return character(out, 4);
    if (c == 'U') return character(out, 8);
    if (c == 'N') return false;  // names of characters: repr() writes none
    if (c >= '0' && c <= '7') return octal(out, c);
    out += '\\';
    out += c;  // as Python: not an escape
    return true;
  }
  bool number(std::size_t digits, std::uint32_t& value) {
    value = 0;
    if (text_.size() - at_ < digits) return false;
    for (std::size_t i = 0; i < digits; ++i) {
      const int digit_value = hex_value(text_[at_++]);
      if (digit_value < 0) return false;
      value = value << 4 | static_cast<std::uint32_t>(digit_value);
    }
    return true;
  }
  void put_byte(std::string& out, std::uint32_t value) {
    if (bytes_ && value < 256) {
      out += static_cast<char>(value);
    } else {
      append_utf8(static_cast<char32_t>(value), out);
    }
  }
  bool byte(std::string& out, std::size_t digits) {
    std::uint32_t value = 0;
    if (!number(digits, value)) return false;
    put_byte(out, value);
    return true;
  }
  bool octal(std::string& out, char first) {
    auto value = static_cast<std::uint32_t>(first - '0');
    for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++i)
      value = value * 8 + static_cast<std::uint32_t>(text_[at_++] - '0');
    put_byte(out, value);
    return true;
  }
  bool character(std::string& out, std::size_t digits) {
    std::uint32_t code = 0;
    if (!number(digits, code)) return false;
    const bool high = code >= 0xd800 && code < 0xdc00;
    if (high && text_.substr(at_).starts_with("\\u")) {
      const std::size_t before = at_;
      std::uint32_t low = 0;
      at_ += 2;
      if (number(4, low) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else {
        at_ = before;
      }
    }
    append_utf8(static_cast<char32_t>(code), out);
    return true;
  }

  std::string_view text_;
  bool bytes_;
  std::size_t at_ = 0;
};

class Converter {
 public:
  Converter(std::string_view text, std::string& json) : text_(text), json_(json) {}

  std::string run() {
    json_.clear();
    if (!value(0)) return problem_;
    blanks();
    if (at_ < text_.size()) fails("text stands behind the value");
    return problem_;
  }

 private:
  bool fails(std::string_view reason) {
    if (problem_.empty()) problem_ = fmt::format("{} at character {}", reason, at_ + 1);
    return false;
  }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool sees(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    blanks();
    if (!sees(c)) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word, std::string_view json) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    json_ += json;
    return true;
  }

  bool value(int depth) {
    blanks();
    if (depth > kDeepest) return fails("nested deeper than 64");
    if (at_ == text_.size()) return fails("the line ends where a value was expected,");
    if (take('{')) return dict(depth);
    if (take('[')) return list(depth, ']');
    if (take('(')) return list(depth, ')');
    if (take_word("None", "null") || take_word("True", "true") || take_word("False", "false"))
      return true;
    const char c = text_[at_];
    if (digit(c) || c == '-' || c == '+' || c == '.') return number();
    return string();
  }
  bool dict(int depth) {
    json_ += '{';
    for (bool first = true; !take('}'); first = false) {
      if (!first && !take(',')) return fails("expected `,` or `}`");
      if (!first && take('}')) break;
      if (!first) json_ += ',';
      blanks();
      if (!string()) return false;
      if (!take(':')) return fails("expected `:`");
      json_ += ':';
      if (!value(depth + 1)) return false;
    }
    json_ += '}';
    return true;
  }
  bool list(int depth, char end) {
    json_ += '[';
    for (bool first = true; !take(end); first = false) {
      if (!first && !take(',')) return fails("expected `,` or the end of the list");
      if (!first && take(end)) break;
      if (!first) json_ += ',';
      if (!value(depth + 1)) return false;
    }
    json_ += ']';
    return true;
  }
  bool number() {
    const std::size_t begin = at_;
    if (sees('-') || sees('+')) ++at_;
    bool digits = false;
    while (at_ < text_.size() &&
           (digit(text_[at_]) || text_[at_] == '.' || text_[at_] == 'e' ||
            ((text_[at_] == '-' || text_[at_] == '+') && text_[at_ - 1] == 'e'))) {
      digits = digits || digit(text_[at_]);
      ++at_;
    }
    if (!digits) return fails("not a number");
    std::string_view text = text_.substr(begin, at_ - begin);
    if (text.front() == '+') text.remove_prefix(1);
    if (sees('L')) ++at_;  // Python 2's long integers
    json_ += text;
    return true;
  }
  bool string() {
    bool unicode = false;
    if (sees('u') || sees('b')) unicode = text_[at_++] == 'u';
    if (!sees('\'') && !sees('"'))
      return fails("not a dict, list, string, number, True, False or None");
    const char quote = text_[at_++];
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) {
      at_ = begin - 1;
      return fails("a string does not end; it begins");
    }
    const std::string_view inside = text_.substr(begin, at_ - begin);
    ++at_;
    bool good = StringDecoder(inside, !unicode).decode(decoded_);
    if (good && first_invalid_utf8(decoded_) != std::string_view::npos)
      good = StringDecoder(inside, false).decode(decoded_);
    if (!good) {
      at_ = begin - 1;
      return fails("an escape in a string is not complete; it begins");
    }
    write(decoded_);
    return true;
  }
  void write(std::string_view text) {
    json_ += '"';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        json_ += '\\';
        json_ += c;
      } else if (byte < 0x20) {
        json_ += fmt::format("\\u{:04x}", byte);
      } else {
        json_ += c;
      }
    }
    json_ += '"';
  }

  std::string_view text_;
  std::string& json_;
  std::string decoded_;
  std::string problem_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_python_dict(std::string_view line) {
  if (!line.starts_with('{')) return false;
  const auto first = line.find_first_not_of(" \t", 1);
  return first != std::string_view::npos && line[first] != '"' && line[first] != '}';
}

std::string python_to_json(std::string_view literal, std::string& json) {
  return Converter(literal, json).run();
}

}  // namespace motive
