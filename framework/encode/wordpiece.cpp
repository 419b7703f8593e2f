#include "framework/encode/wordpiece.h"

#include <utf8proc.h>

#include <algorithm>

namespace motive::encode {
namespace {

constexpr std::size_t kLongestWord = 100;  // characters
constexpr std::int32_t kReplacement = 0xfffd;
constexpr std::string_view kInner = "##";
constexpr const char* kSpecials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};

bool is_space(std::int32_t point) {
  if (point < 128) return point == ' ' || point == '\t' || point == '\n' || point == '\r';
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/// Characters that no model has seen. Those that Unicode has not given a meaning stay: they make a word unknown.
bool is_dropped(std::int32_t point) {
  if (is_space(point)) return false;
  if (point == kReplacement) return true;
  const utf8proc_category_t category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CO;
}

bool is_ideograph(std::int32_t point) {
  const auto within = [point](std::int32_t first, std::int32_t last) { return point >= first && point <= last; };
  return within(0x4e00, 0x9fff) || within(0x3400, 0x4dbf) || within(0x20000, 0x2a6df) || within(0x2a700, 0x2b73f) ||
         within(0x2b740, 0x2b81f) || within(0x2b820, 0x2ceaf) || within(0xf900, 0xfaff) || within(0x2f800, 0x2fa1f);
}

bool is_punctuation(std::int32_t point) {
  if (point < 128) {
    const auto within = [point](char first, char last) { return point >= first && point <= last; };
    return within('!', '/') || within(':', '@') || within('[', '`') || within('{', '~');
  }
  const utf8proc_category_t category = utf8proc_category(point);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

void append(std::int32_t point, std::string& text) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size = utf8proc_encode_char(point, bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

/// NFD without combining marks.
std::vector<std::int32_t> without_accents(const std::vector<std::int32_t>& points) {
  if (std::all_of(points.begin(), points.end(), [](std::int32_t point) { return point < 128; })) return points;
  std::string text;
  for (const std::int32_t point : points) append(point, text);
  constexpr auto kNfd = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  std::vector<std::int32_t> parts(points.size());
  utf8proc_ssize_t n = 0;
  for (int pass = 0; pass < 2; ++pass) {  // the first says how many there are
    n = utf8proc_decompose(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                           parts.data(), static_cast<utf8proc_ssize_t>(parts.size()), kNfd);
    if (n < 0) return points;  // a text beyond what utf8proc can count
    if (static_cast<std::size_t>(n) <= parts.size()) break;
    parts.resize(static_cast<std::size_t>(n));
  }
  parts.resize(static_cast<std::size_t>(n));
  std::erase_if(parts, [](std::int32_t point) { return utf8proc_category(point) == UTF8PROC_CATEGORY_MN; });
  return parts;
}

}  // namespace

Result<WordPiece> WordPiece::open(const Path& vocabulary, const WordPieceOptions& options) {
  MOTIVE_ASSIGN(const std::string content, read_file(vocabulary));
  WordPiece made;
  made.options_ = options;
  std::string_view rest = content;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    const bool inner = piece.starts_with(kInner) && piece.size() > kInner.size();
    if (inner) piece.remove_prefix(kInner.size());
    (inner ? made.inner_ : made.first_)[std::string(piece)] = made.size_++;
    made.longest_ = std::max(made.longest_, piece.size());
  }
  for (const char* name : kSpecials) {
    const auto found = made.first_.find(std::string_view(name));
    if (found != made.first_.end()) made.specials_.push_back({name, found->second});
  }
  const auto take = [&](const char* name, std::int64_t& id) -> Status {
    const auto found = made.first_.find(std::string_view(name));
    if (found == made.first_.end()) {
      return fail("{}: {} is not among its {} lines; it must be the vocab.txt of a BERT model", vocabulary.string(), name,
                  made.size_);
    }
    id = found->second;
    return {};
  };
  MOTIVE_TRY(take("[UNK]", made.unknown_));
  MOTIVE_TRY(take("[CLS]", made.begin_));
  MOTIVE_TRY(take("[SEP]", made.end_));
  return made;
}

const WordPiece::Special* WordPiece::special_at(std::string_view text, std::size_t at) const {
  for (const Special& special : specials_) {
    if (text.substr(at).starts_with(special.name)) return &special;
  }
  return nullptr;
}

std::vector<std::int64_t> WordPiece::ids(std::string_view text, std::size_t max_len) const {
  const std::size_t most = std::max<std::size_t>(2, max_len) - 1;  // [SEP] comes after
  std::vector<std::int64_t> ids{begin_};
  std::size_t done = 0;
  for (std::size_t at = text.find('['); at != std::string_view::npos && ids.size() < most; at = text.find('[', at + 1)) {
    const Special* const special = special_at(text, at);
    if (!special) continue;
    add_words(text.substr(done, at - done), most, ids);
    ids.push_back(special->id);
    done = at + special->name.size();
  }
  add_words(text.substr(done), most, ids);
  if (ids.size() > most) ids.resize(most);
  ids.push_back(end_);
  return ids;
}

std::vector<std::int32_t> WordPiece::normalised(std::string_view text) const {
  std::vector<std::int32_t> points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                                   static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    at += size > 0 ? static_cast<std::size_t>(size) : 1;
    if (size <= 0 || is_dropped(point)) continue;
    const bool alone = options_.cjk_words && is_ideograph(point);
    if (alone) points.push_back(' ');
    points.push_back(is_space(point) ? ' ' : point);
    if (alone) points.push_back(' ');
  }
  if (options_.strip_accents) points = without_accents(points);
  if (!options_.lower_case) return points;
  std::vector<std::int32_t> lower;
  lower.reserve(points.size());
  for (const std::int32_t point : points) {
    lower.push_back(utf8proc_tolower(point));
    if (point == 0x130) lower.back() = 'i', lower.push_back(0x307);  // İ, the one letter whose lower case is two
  }
  return lower;
}

void WordPiece::add_words(std::string_view text, std::size_t most, std::vector<std::int64_t>& ids) const {
  std::string word;
  std::size_t characters = 0;
  const auto close = [&] {
    if (characters > 0) add_pieces(word, characters, ids);
    word.clear();
    characters = 0;
  };
  for (const std::int32_t point : normalised(text)) {
    if (ids.size() >= most) return;
    const bool alone = is_punctuation(point);
    if (alone || is_space(point)) close();
    if (is_space(point)) continue;
    append(point, word);
    ++characters;
    if (alone) close();
  }
  close();
}

void WordPiece::add_pieces(std::string_view word, std::size_t characters, std::vector<std::int64_t>& ids) const {
  const std::size_t before = ids.size();
  std::size_t begin = characters > kLongestWord ? std::string_view::npos : 0;
  while (begin < word.size()) {
    const Numbers& pieces = begin == 0 ? first_ : inner_;
    std::size_t end = std::min(word.size(), begin + longest_);
    auto found = pieces.end();
    for (; end > begin; --end) {
      const bool cuts = end < word.size() && (static_cast<unsigned char>(word[end]) & 0xc0) == 0x80;  // within a character
      if (!cuts) found = pieces.find(word.substr(begin, end - begin));
      if (found != pieces.end()) break;
    }
    if (found == pieces.end()) begin = std::string_view::npos;
    else ids.push_back(found->second), begin = end;
  }
  if (begin == word.size()) return;
  ids.resize(before);
  ids.push_back(unknown_);
}

}  // namespace motive::encode
