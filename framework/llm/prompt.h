#pragma once
// Purpose: prompts are files that people read and change: Mustache templates with two parts,
//   === system ===
//   ...
//   === user ===
//   ...
// {{name}} is replaced as it is (nothing is escaped: this is no HTML); {{#list}} .. {{/list}} repeats, {{^list}} is for an
// empty one. Data stands between tags such as <history> .. </history>; text of items and users cannot close a tag:
// data_text() takes the angle brackets out.
// Errors (kInvalid): a missing file, a part that is missing, a placeholder that the module does not know (with those
// that it knows), Mustache that does not parse: named with the file, before anything is sent.

#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/llm/wire.h"

namespace motive::llm {

class Prompt {
 public:
  /// known: the names that render() will be given, sections included.
  static Result<Prompt> read(const Path& file, const std::vector<std::string>& known);
  static Result<Prompt> parse(std::string_view text, const std::string& name, const std::vector<std::string>& known);

  /// values: an object of strings, numbers, booleans, lists of objects. The two messages; where the system part is empty,
  /// the user's alone. {{#name}} is not taken for an empty string, nor for an empty list.
  std::vector<Message> render(const Json& values) const;
  const std::string& hash() const { return hash_; }  // of the file's bytes
  bool uses(std::string_view name) const;

 private:
  std::string name_, hash_, system_, user_;
  std::vector<std::string> used_;
};

/// The file of a prompt: the user's own where he named one; else a method's, as "models/m_llm3rec/prompts/mope.mustache",
/// under $MOTIVE_HOME or, where it is not there, in the source tree.
Path prompt_file(const std::string& own, const Path& of_method);

/// Text of an item or user as data in a prompt: one line, no control characters, < and > as brackets of another kind.
std::string data_text(std::string_view text);
/// The first so many words (by estimate_tokens), cut at a word; `cut` is set where something was left out.
std::string first_tokens(std::string_view text, std::int64_t tokens, bool* cut);

}  // namespace motive::llm
