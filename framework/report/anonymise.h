#pragma once
// Purpose: takes out of files what names a person or a machine, and looks whether something of it is left.
//   traces    what is known to do so (identity.h): each is replaced by its mark, such as HOME or USER
//   paths     of no trace: an absolute path with two components or more becomes PATH/<its last component>
//   servers   in addresses, hosts become HOST, except this machine's own by address and a few that everybody uses;
//             logins (name:word@) go
// Names are found as whole words whatever their case ("_" and "-" end a word), paths as whole components. Inside JSON a
// character after "\n" begins a word, too.
// Complexity: O(length x traces). Determinism: pure but for the counts. Errors: JSON and YAML that cannot be read.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/json.h"
#include "framework/base/status.h"

namespace motive {

struct Trace {
  std::string text;   // what is looked for
  std::string kind;   // in words: "the name of the user"
  std::string mark;   // what stands in its place: "USER"
  bool path = false;  // else a name
};

class Anonymiser {
 public:
  explicit Anonymiser(std::vector<Trace> traces);

  /// Words for people: causes, notes.
  std::string text(std::string_view text);
  /// All strings of a document; keys stay. Text that has nothing to replace comes back byte for byte.
  Result<std::string> json_text(std::string_view document);
  /// The same, a document a line.
  Result<std::string> json_lines(std::string_view lines);
  /// The same of a configuration: a value that begins like an absolute path is one to its end, blanks and all.
  Result<std::string> yaml_text(std::string_view document);

  /// The first trace that stands in the text; nullptr: none.
  const Trace* first_in(std::string_view text) const;
  /// How often what was replaced, by kind.
  const std::map<std::string, std::size_t>& replaced() const { return replaced_; }

 private:
  std::string without_traces(std::string_view text);
  std::string without_servers(std::string_view text);
  std::string without_paths(std::string_view text);
  std::string path_mark(std::string_view path);
  bool in_json(OrderedJson& json, bool paths);  // whether something was replaced

  std::vector<Trace> traces_;  // paths before names, longer ones first
  std::map<std::string, std::size_t> replaced_;
};

}  // namespace motive
