#pragma once
// Purpose: whether a page is well-formed XML: every tag closed in its order, attributes quoted and once, entities
// known, nothing that would end a comment or a script early. Enough for pages that this project writes; no DTD, no
// processing instructions.

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace motive::test {

class XmlCheck {
 public:
  explicit XmlCheck(std::string_view page) : rest_(page) {}

  /// What is wrong first, with the text at that place; "" for a well-formed page.
  std::string fault() {
    if (rest_.starts_with("<!DOCTYPE html>")) rest_.remove_prefix(15);
    while (!rest_.empty() && fault_.empty()) rest_.front() == '<' ? tag() : text();
    if (fault_.empty() && !open_.empty()) fault_ = "not closed: " + open_.back();
    return fault_;
  }
  std::size_t count(const std::string& element) const {
    return static_cast<std::size_t>(std::count(seen_.begin(), seen_.end(), element));
  }
  const std::set<std::string>& ids() const { return ids_; }
  const std::vector<std::string>& links() const { return links_; }
  const std::set<std::string>& attributes() const { return attributes_; }

 private:
  void wrong(const std::string& what) {
    if (fault_.empty()) fault_ = what + " at: " + std::string(rest_.substr(0, 80));
  }
  void entities(std::string_view text) {
    for (std::size_t at = 0; (at = text.find('&', at)) != std::string_view::npos; ++at) {
      const std::size_t end = text.find(';', at);
      const std::string name(text.substr(at + 1, end == std::string_view::npos ? 0 : end - at - 1));
      static const std::set<std::string> kKnown = {"amp", "lt", "gt", "quot", "#39", "#160"};
      if (!kKnown.count(name)) wrong("entity &" + name + ";");
    }
  }
  void text() {
    const std::size_t end = std::min(rest_.find('<'), rest_.size());
    entities(rest_.substr(0, end));
    rest_.remove_prefix(end);
  }
  std::string name() {
    std::size_t n = 0;
    while (n < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[n])) || rest_[n] == '-' || rest_[n] == ':')) ++n;
    const std::string found(rest_.substr(0, n));
    rest_.remove_prefix(n);
    return found;
  }
  void space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  void tag() {
    rest_.remove_prefix(1);
    const bool closing = rest_.starts_with("/");
    if (closing) rest_.remove_prefix(1);
    const std::string element = name();
    if (element.empty()) return wrong("a bare <");
    if (closing) {
      if (open_.empty() || open_.back() != element || !rest_.starts_with(">")) return wrong("closes " + element);
      open_.pop_back();
      rest_.remove_prefix(1);
      return;
    }
    seen_.push_back(element);
    std::set<std::string> own;
    for (space(); !rest_.empty() && rest_.front() != '>' && rest_.front() != '/'; space()) {
      const std::string key = name();
      if (key.empty() || !rest_.starts_with("=\"")) return wrong("attribute of " + element);
      rest_.remove_prefix(2);
      const std::size_t end = std::min(rest_.find('"'), rest_.size());
      const std::string value(rest_.substr(0, end));
      entities(value);
      if (value.find('<') != std::string::npos || !own.insert(key).second) wrong("attribute " + key);
      attributes_.insert(key);
      if (key == "id" && !ids_.insert(value).second) wrong("id twice: " + value);
      if (key == "href" || key == "src") links_.push_back(value);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
    }
    const bool empty = rest_.starts_with("/>");
    if (!empty && !rest_.starts_with(">")) return wrong("end of " + element);
    rest_.remove_prefix(empty ? 2 : 1);
    if (!empty) open_.push_back(element);
  }

  std::string_view rest_;
  std::string fault_;
  std::vector<std::string> open_, seen_, links_;
  std::set<std::string> ids_, attributes_;
};

}  // namespace motive::test
