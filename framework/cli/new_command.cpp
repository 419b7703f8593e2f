// `motive new baseline NAME`: a folder from baselines/template/ that builds, runs and passes the contract suite as it is.
// The folder is written aside and renamed: it is there as a whole or not at all, and one that exists is never touched.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "framework/base/environment.h"
#include "framework/cli/commands.h"
#include "framework/config/node.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 40;
const std::string kEnding = ".in";  // of a template's files, so that CMake passes them over

struct NewBaseline {
  std::string name, kind, external;
  std::string folder() const { return external.empty() ? kind : external; }
};

/// That of the checkout one works in, else of the one that this program was built from.
Path template_folder(const std::string& which) {
  const Path own = checkout_folder() / "baselines" / "template" / which;
  return fs::is_directory(own) ? own : Path(MOTIVE_SOURCE_DIR) / "baselines" / "template" / which;
}

/// "MyMethod" and "my-method" become "my_method".
std::string lower_snake_case(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (std::isupper(c)) {
      if (i > 0 && std::islower(static_cast<unsigned char>(text[i - 1]))) out += '_';
      out += static_cast<char>(std::tolower(c));
    } else if (std::islower(c) || (std::isdigit(c) && !out.empty())) {
      out += text[i];
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

/// "my_method" becomes "MyMethod".
std::string pascal_case(const std::string& name) {
  std::string out;
  bool start = true;
  for (const char c : name) {
    if (c != '_') out += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = c == '_';
  }
  return out;
}

/// Of C++ and of Python, as far as they are lower-case words.
bool is_keyword(const std::string& name) {
  static const std::vector<std::string> kWords = {
      "alignas", "alignof", "and", "as", "asm", "assert", "async", "auto", "await", "bool", "break", "case", "catch", "char",
      "class", "compl", "concept", "const", "consteval", "constexpr", "constinit", "continue", "decltype", "def", "default",
      "del", "delete", "do", "double", "elif", "else", "enum", "except", "explicit", "export", "extern", "false", "finally",
      "float", "for", "friend", "from", "global", "goto", "if", "import", "in", "inline", "int", "is", "lambda", "long",
      "mutable", "namespace", "new", "noexcept", "nonlocal", "not", "nullptr", "operator", "or", "pass", "private",
      "protected", "public", "raise", "register", "requires", "return", "short", "signed", "sizeof", "static", "struct",
      "switch", "template", "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
      "virtual", "void", "volatile", "while", "with", "xor", "yield"};
  return std::binary_search(kWords.begin(), kWords.end(), name);
}

Status check_name(const std::string& name) {
  const std::string plain = lower_snake_case(name);
  if (name.empty() || plain != name || name.size() > kLongestName) {
    const bool helps = !plain.empty() && plain.size() <= kLongestName && !is_keyword(plain);
    return invalid("`{}` cannot name a method: small letters and digits, words joined by _, a letter first, at most {} in all{}",
                   name, kLongestName, helps ? ", such as `" + plain + "`" : "");
  }
  if (is_keyword(name)) return invalid("`{0}` is a word of C++ or Python; call it `{0}_method`, say", name);
  if (Registry::instance().find(name)) {
    return invalid("there is a method `{}` already (`motive describe {}`); take another name", name, name);
  }
  for (const char* parent : {"baselines", "models"}) {
    if (!fs::exists(fs::symlink_status(checkout_folder() / parent / name))) continue;
    return invalid("{} is there already; take another name, or remove it", (checkout_folder() / parent / name).string());
  }
  return {};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) text.replace(at, what.size(), by);
  return text;
}

/// Writes the template's files, renamed and filled in, into an existing folder. Returns their names.
Result<std::vector<std::string>> fill_in(const Path& from, const std::string& name, const Path& to) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator at(from, code), end; !code && at != end; at.increment(code)) {
    std::string file = at->path().filename().string();
    if (!file.ends_with(kEnding)) continue;
    file = replaced(file.substr(0, file.size() - kEnding.size()), "NAME", name);
    MOTIVE_ASSIGN(const std::string text, read_file(at->path()));
    MOTIVE_TRY(write_file_synced(to / file, replaced(replaced(text, "@name@", name), "@Name@", pascal_case(name))));
    names.push_back(file);
  }
  if (names.empty()) return fail("{}: there is no template; is this a whole checkout of Motive?", from.string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> make_baseline(const NewBaseline& wanted) {
  MOTIVE_TRY(check_name(wanted.name));
  const Path parent = checkout_folder() / "baselines", folder = parent / wanted.name;
  // Hidden, so that a build that runs meanwhile does not take it for a method.
  const Path aside = parent / fmt::format(".{}.{}", wanted.name, ::getpid());
  MOTIVE_TRY(make_folders(aside));
  auto names = fill_in(template_folder(wanted.folder()), wanted.name, aside);
  Result<bool> published = false;
  if (names) published = publish_folder(aside, folder);
  std::error_code ignored;
  if (!names || !published || !*published) fs::remove_all(aside, ignored);
  if (!names) return names.error();
  if (!published) return published.error();
  if (!*published) return invalid("{} has just been made by somebody else; nothing was changed", folder.string());
  return names;
}

void say_next_steps(const NewBaseline& wanted, const std::vector<std::string>& files) {
  const std::string folder = "baselines/" + wanted.name;
  std::cout << fmt::format("made {}/: {}\n\nNext:\n", folder, fmt::join(files, ", "));
  const auto step = [](int number, const std::string& what, const std::string& why) {
    std::cout << fmt::format("  {}. {:<52} {}\n", number, what, why);
  };
  const std::string code = wanted.external.empty() ? ".cpp" : ".py";
  step(1, fmt::format("./motive run {}/experiment.yaml", folder), "it runs as it is: its first table, beside item_knn");
  step(2, fmt::format("edit {}/{}{}", folder, wanted.name, code), "make it yours: where it says CHANGE");
  step(3, fmt::format("./motive test -R '{}|{}Test'", wanted.name, pascal_case(wanted.name)), "its own tests and the contract suite");
  std::cout << "docs/adding-a-baseline.md walks you through it.\n";
}

}  // namespace

void add_new(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("new", "A new method from the template");
  command->require_subcommand(1);
  auto* baseline = command->add_subcommand("baseline", "A folder baselines/NAME that builds, runs and passes the contract suite");
  auto wanted = std::make_shared<NewBaseline>();
  wanted->kind = "batch";
  baseline->add_option("NAME", wanted->name, "of the method and its folder: small letters, digits and _")->required();
  auto* kind = baseline->add_option("--kind", wanted->kind, "batch: scores for a block of queries; factor: a vector a user and an item")
                   ->check(CLI::IsMember({"batch", "factor"}))
                   ->capture_default_str();
  baseline->add_option("--external", wanted->external, "a method in another language, run as a subprocess; needs no build")
      ->check(CLI::IsMember({"python"}))
      ->excludes(kind);
  const std::string examples =
      "Examples:\n  motive new baseline my_method\n  motive new baseline my_vectors --kind factor\n"
      "  motive new baseline my_script --external python";
  command->footer(examples);
  baseline->footer(examples);
  baseline->callback([wanted, &status] {
    const auto files = make_baseline(*wanted);
    if (!files) {
      status = report_error(files.error());
      return;
    }
    say_next_steps(*wanted, *files);
  });
}

}  // namespace motive
