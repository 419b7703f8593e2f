#include "framework/report/latex.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "framework/report/html.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

struct Command {
  char32_t c;
  const char* text;
};

// Sorted, for binary search. Braces end each command's name; those of math need none.
constexpr Command kCommands[] = {
    {0x22, "\\textquotedbl{}"},    {0x23, "\\#"},                    {0x24, "\\$"},
    {0x25, "\\%"},                 {0x26, "\\&"},                    {0x2A, "{*}"},  // \\* means something
    {0x3C, "\\textless{}"},        {0x3E, "\\textgreater{}"},        {0x5B, "{[}"},  // so does \\[
    {0x5C, "\\textbackslash{}"},   {0x5D, "{]}"},                    {0x5E, "\\textasciicircum{}"},
    {0x5F, "\\_"},                 {0x60, "\\textasciigrave{}"},     {0x7B, "\\{"},
    {0x7C, "\\textbar{}"},         {0x7D, "\\}"},                    {0x7E, "\\textasciitilde{}"},
    {0xA0, "~"},                   {0xA1, "\\textexclamdown{}"},     {0xA2, "\\textcent{}"},
    {0xA3, "\\textsterling{}"},    {0xA5, "\\textyen{}"},            {0xA7, "\\S{}"},
    {0xA9, "\\textcopyright{}"},   {0xAA, "\\textordfeminine{}"},    {0xAB, "\\guillemotleft{}"},
    {0xAC, "$\\neg$"},             {0xAD, "\\-"},                    {0xAE, "\\textregistered{}"},
    {0xB0, "\\textdegree{}"},      {0xB1, "$\\pm$"},                 {0xB2, "\\textsuperscript{2}"},
    {0xB3, "\\textsuperscript{3}"}, {0xB5, "$\\mu$"},                {0xB6, "\\P{}"},
    {0xB7, "\\textperiodcentered{}"}, {0xB9, "\\textsuperscript{1}"}, {0xBA, "\\textordmasculine{}"},
    {0xBB, "\\guillemotright{}"},  {0xBC, "$\\frac{1}{4}$"},         {0xBD, "$\\frac{1}{2}$"},
    {0xBE, "$\\frac{3}{4}$"},      {0xBF, "\\textquestiondown{}"},   {0xC6, "\\AE{}"},
    {0xD0, "\\DH{}"},              {0xD7, "$\\times$"},              {0xD8, "\\O{}"},
    {0xDE, "\\TH{}"},              {0xDF, "\\ss{}"},                 {0xE6, "\\ae{}"},
    {0xF0, "\\dh{}"},              {0xF7, "$\\div$"},                {0xF8, "\\o{}"},
    {0xFE, "\\th{}"},              {0x110, "\\DJ{}"},                {0x111, "\\dj{}"},
    {0x131, "\\i{}"},              {0x141, "\\L{}"},                 {0x142, "\\l{}"},
    {0x14A, "\\NG{}"},             {0x14B, "\\ng{}"},                {0x152, "\\OE{}"},
    {0x153, "\\oe{}"},             {0x393, "$\\Gamma$"},             {0x394, "$\\Delta$"},
    {0x398, "$\\Theta$"},          {0x39B, "$\\Lambda$"},            {0x3A0, "$\\Pi$"},
    {0x3A3, "$\\Sigma$"},          {0x3A6, "$\\Phi$"},               {0x3A8, "$\\Psi$"},
    {0x3A9, "$\\Omega$"},          {0x3B1, "$\\alpha$"},             {0x3B2, "$\\beta$"},
    {0x3B3, "$\\gamma$"},          {0x3B4, "$\\delta$"},             {0x3B5, "$\\varepsilon$"},
    {0x3B6, "$\\zeta$"},           {0x3B7, "$\\eta$"},               {0x3B8, "$\\theta$"},
    {0x3B9, "$\\iota$"},           {0x3BA, "$\\kappa$"},             {0x3BB, "$\\lambda$"},
    {0x3BC, "$\\mu$"},             {0x3BD, "$\\nu$"},                {0x3BE, "$\\xi$"},
    {0x3C0, "$\\pi$"},             {0x3C1, "$\\rho$"},               {0x3C3, "$\\sigma$"},
    {0x3C4, "$\\tau$"},            {0x3C5, "$\\upsilon$"},           {0x3C6, "$\\varphi$"},
    {0x3C7, "$\\chi$"},            {0x3C8, "$\\psi$"},               {0x3C9, "$\\omega$"},
    {0x2009, "\\,"},               {0x2010, "-"},                    {0x2011, "\\mbox{-}"},
    {0x2013, "\\textendash{}"},    {0x2014, "\\textemdash{}"},       {0x2018, "\\textquoteleft{}"},
    {0x2019, "\\textquoteright{}"}, {0x201A, "\\quotesinglbase{}"},  {0x201C, "\\textquotedblleft{}"},
    {0x201D, "\\textquotedblright{}"}, {0x201E, "\\quotedblbase{}"}, {0x2020, "\\dag{}"},
    {0x2021, "\\ddag{}"},          {0x2022, "\\textbullet{}"},       {0x2026, "\\dots{}"},
    {0x202F, "\\,"},               {0x2030, "\\textperthousand{}"},  {0x2032, "$'$"},
    {0x2039, "\\guilsinglleft{}"}, {0x203A, "\\guilsinglright{}"},   {0x20AC, "\\texteuro{}"},
    {0x2122, "\\texttrademark{}"}, {0x2190, "$\\leftarrow$"},        {0x2191, "$\\uparrow$"},
    {0x2192, "$\\rightarrow$"},    {0x2193, "$\\downarrow$"},        {0x2194, "$\\leftrightarrow$"},
    {0x21D2, "$\\Rightarrow$"},    {0x2208, "$\\in$"},               {0x2211, "$\\sum$"},
    {0x2212, "$-$"},               {0x221A, "$\\surd$"},             {0x221E, "$\\infty$"},
    {0x2229, "$\\cap$"},           {0x222A, "$\\cup$"},              {0x2248, "$\\approx$"},
    {0x2260, "$\\neq$"},           {0x2264, "$\\leq$"},              {0x2265, "$\\geq$"},
    {0x22C5, "$\\cdot$"},          {0x2713, "$\\surd$"},
};

// Combining marks and what sets them over or under a letter.
constexpr Command kAccents[] = {
    {0x300, "\\`"}, {0x301, "\\'"}, {0x302, "\\^"}, {0x303, "\\~"}, {0x304, "\\="}, {0x306, "\\u"}, {0x307, "\\."},
    {0x308, "\\\""}, {0x30A, "\\r"}, {0x30B, "\\H"}, {0x30C, "\\v"}, {0x323, "\\d"}, {0x327, "\\c"}, {0x328, "\\k"},
    {0x331, "\\b"},
};

const char* find(const Command* begin, const Command* end, char32_t c) {
  const Command* at = std::lower_bound(begin, end, c, [](const Command& x, char32_t y) { return x.c < y; });
  return at != end && at->c == c ? at->text : nullptr;
}

bool is_letter(utf8proc_int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// One letter and one accent; the rest has no glyph of its own in T1.
std::string accented(char32_t c) {
  utf8proc_int32_t parts[4];
  int last_class = 0;
  const auto n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts, 4, UTF8PROC_DECOMPOSE, &last_class);
  if (n != 2 || !is_letter(parts[0])) return "";
  const char* accent = find(std::begin(kAccents), std::end(kAccents), static_cast<char32_t>(parts[1]));
  return accent ? fmt::format("{}{{{}}}", accent, static_cast<char>(parts[0])) : "";
}

std::string character(char32_t c) {
  if (const char* command = find(std::begin(kCommands), std::end(kCommands), c)) return command;
  if (c < 0x80) return std::string(1, static_cast<char>(c));
  std::string text = accented(c);
  return text.empty() ? fmt::format("{{[}}U+{:04X}{{]}}", static_cast<std::uint32_t>(c)) : text;
}

/// Composed characters, one line, nothing that steers.
std::u32string characters(std::string_view foreign) {
  const std::string line = printable(foreign);
  std::string text = line;
  if (utf8proc_uint8_t* composed = utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(line.c_str()))) {
    text = reinterpret_cast<const char*>(composed);
    std::free(composed);
  }
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = 0;
    const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                    static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    out += n > 0 ? static_cast<char32_t>(c) : U'\uFFFD';
    at += n > 0 ? static_cast<std::size_t>(n) : 1;
  }
  return out;
}

/// Two of them in a row are one other sign: --, '', ,,.
bool is_ligature(char32_t before, char32_t c) { return before == c && (c == U'-' || c == U'\'' || c == U','); }

constexpr double kLongWord = 100;  // points; a longer one gets places to break
constexpr double kPiece = 70;      // of it, where it has no sign to break behind

double width_of(char32_t c) {
  if (c == U' ' || c == U'i' || c == U'l' || c == U'.' || c == U',' || c == U':' || c == U'\'' || c == U'|') return 3.1;
  if (c == U'm' || c == U'w' || c == U'M' || c == U'W' || c == U'%' || c == U'@') return 8.6;
  if (c < 0x80) return std::isupper(static_cast<int>(c)) || c == U'_' || c == U'<' || c == U'>' ? 6.9 : 4.9;
  const std::string text = character(c);
  return text.starts_with("{[}U+") ? 5.2 * static_cast<double>(text.size() - 4) : 7.2;
}

}  // namespace

std::string latex_text(std::string_view foreign) {
  const std::u32string text = characters(foreign);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(U' ', i), text.size());
    double whole = 0, piece = 0;
    for (std::size_t j = i; j < end; ++j) whole += width_of(text[j]);
    for (std::size_t j = i; j < end; ++j) {
      if (j > i && is_ligature(text[j - 1], text[j])) out += "{}";
      out += character(text[j]);
      piece += width_of(text[j]);
      const bool sign = text[j] < 0x80 && std::isalnum(static_cast<int>(text[j])) == 0;
      if (whole > kLongWord && j + 1 < end && (sign || piece > kPiece)) {
        out += "\\allowbreak{}";
        piece = 0;
      }
    }
    if (end < text.size()) out += ' ';
    i = end + 1;
  }
  return out;
}

std::string latex_label(std::string_view foreign) { return html_slug(foreign); }

double latex_width(std::string_view foreign) {
  double width = 0;
  for (const char32_t c : characters(foreign)) width += width_of(c);
  return width;
}

}  // namespace motive
