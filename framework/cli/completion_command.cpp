// `motive completion bash|zsh|fish`: a completion script made from the tree of commands itself, so that it
// cannot fall behind. Names of methods and data sets are asked of the program when they are wanted.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "framework/cli/commands.h"

namespace motive {
namespace {

/// What may stand at one place of the command line.
struct Values {
  std::vector<std::string> words;
  std::string names;  // kinds of names to ask `motive list` for: "models metrics"
  bool files = false, folders = false;
};

struct CompletedOption {
  std::vector<std::string> flags;  // "--out", "-o"
  std::string help;
  bool takes_value = false;
  Values values;
};

struct CompletedWord {
  std::string word, help;
};

/// A command: how it is reached (" data inspect"; "" is the program) and what may follow.
struct CompletedCommand {
  std::string path;
  std::vector<CompletedWord> commands;
  std::vector<CompletedOption> options;
  Values arguments;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// 'text' for any of the three shells: a quote inside ends the string, adds one, and begins it anew.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

/// The choices of a CLI::IsMember, which CLI11 tells only within the type's name: "TEXT:{text,md}".
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto begin = type.find('{'), end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

Values values_of(const CLI::Option& option, const std::string& path, const std::vector<CompletedWord>& top) {
  Values values;
  values.words = choices_of(option);
  if (!values.words.empty()) return values;
  const std::string name = option.get_name();
  const bool positional = option.get_positional();
  if (positional && path == " help") {
    for (const CompletedWord& command : top) values.words.push_back(command.word);
  } else if (positional && path == " describe") {
    values.names = "models metrics splits";
  } else if (positional && path.rfind(" data ", 0) == 0) {
    values.names = "datasets";
    values.files = true;
  } else if (name == "DIR" || name == "--out" || name == "--store" || name == "--export") {
    values.folders = true;
  } else if (name == "EXPERIMENT") {
    values.files = true;
  }
  return values;
}

void add_values(const Values& more, Values& values) {
  values.words.insert(values.words.end(), more.words.begin(), more.words.end());
  if (!more.names.empty()) values.names = more.names;
  values.files |= more.files;
  values.folders |= more.folders;
}

CompletedOption completed(const CLI::Option& option, const std::string& path, const std::vector<CompletedWord>& top) {
  CompletedOption result{{}, first_line(option.get_description()), option.get_items_expected_max() > 0, {}};
  for (const std::string& name : option.get_lnames()) result.flags.push_back("--" + name);
  for (const std::string& name : option.get_snames()) result.flags.push_back("-" + name);
  if (result.takes_value) result.values = values_of(option, path, top);
  return result;
}

/// The command and all below it. Hidden ones (of a group without a name) are left out.
void walk(const CLI::App& app, const std::string& path, std::vector<CompletedCommand>& out) {
  CompletedCommand command{path, {}, {}, {}};
  const auto shown = [](const CLI::App* sub) { return !sub->get_group().empty() && !sub->get_name().empty(); };
  const auto subcommands = app.get_subcommands(shown);
  for (const CLI::App* sub : subcommands) {
    command.commands.push_back({sub->get_name(), first_line(sub->get_description())});
  }
  if (path.empty()) {  // the launcher's own words
    command.commands.push_back({"setup", "install what is missing"});
    command.commands.push_back({"build", "set up and build the program"});
    command.commands.push_back({"test", "build and run the tests"});
    command.commands.push_back({"bench", "build and run the benchmarks"});
  }
  const auto& top = path.empty() ? command.commands : out.front().commands;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      add_values(values_of(*option, path, top), command.arguments);
    } else if (!option->get_group().empty()) {
      command.options.push_back(completed(*option, path, top));
    }
  }
  out.push_back(std::move(command));
  for (const CLI::App* sub : subcommands) walk(*sub, path + " " + sub->get_name(), out);
}

/// Lines of a case statement that follow the words of the command line: bash and zsh.
std::string path_cases(const std::vector<CompletedCommand>& commands) {
  std::string out;
  for (const CompletedCommand& command : commands) {
    if (!command.path.empty()) out += fmt::format("      {0}) at={0} ;;\n", quoted(command.path));
  }
  return out;
}

// ---- bash ------------------------------------------------------------------------------------------

std::string bash_values(const Values& values, const std::vector<std::string>& more) {
  std::vector<std::string> words = values.words;
  words.insert(words.end(), more.begin(), more.end());
  return fmt::format("_motive_reply {} {} {}", quoted(joined(words)), quoted(values.names),
                     values.files ? "files" : values.folders ? "folders" : "none");
}

std::string bash_script(const std::vector<CompletedCommand>& commands) {
  std::string values, places;
  for (const CompletedCommand& command : commands) {
    std::vector<std::string> words, flags;
    for (const CompletedWord& word : command.commands) words.push_back(word.word);
    for (const CompletedOption& option : command.options) {
      flags.insert(flags.end(), option.flags.begin(), option.flags.end());
      if (!option.takes_value) continue;
      for (const std::string& flag : option.flags) {
        values += fmt::format("    {}) {}; return ;;\n", quoted(command.path + ":" + flag),
                              bash_values(option.values, {}));
      }
    }
    places += fmt::format("    {})\n      if [[ $current == -* ]]; then _motive_reply {} '' none\n      else {}; fi ;;\n",
                          quoted(command.path), quoted(joined(flags)), bash_values(command.arguments, words));
  }
  return fmt::format(R"sh(# Completion of motive for bash. In ~/.bashrc: source <(/path/to/motive completion bash)
_motive_reply() {{  # WORDS KINDS-OF-NAMES files|folders|none
  local words=$1 kind
  for kind in $2; do
    words+=" $(MOTIVE_NO_BUILD=1 "${{COMP_WORDS[0]/#\~/$HOME}}" list "$kind" --names 2>/dev/null)"
  done
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $3 != none ]]; then
    local flag=-f
    [[ $3 == folders ]] && flag=-d
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen "$flag" -- "$current")
  fi
}}
_motive() {{
  local at='' i current=${{COMP_WORDS[COMP_CWORD]}}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$at ${{COMP_WORDS[i]}}" in
{}    esac
  done
  case "$at:${{COMP_WORDS[COMP_CWORD - 1]}}" in
{}  esac
  case "$at" in
{}  esac
}}
complete -F _motive motive
)sh",
                     path_cases(commands), values, places);
}

// ---- zsh -------------------------------------------------------------------------------------------

/// 'word:help' as _describe wants it; a colon in the word itself is escaped.
std::string zsh_item(const std::string& word, const std::string& help) {
  std::string escaped;
  for (const char c : word) escaped += c == ':' ? "\\:" : std::string(1, c);
  return quoted(help.empty() ? escaped : escaped + ":" + help);
}

std::string zsh_values(const Values& values) {
  std::string out;
  if (!values.words.empty()) out += fmt::format("compadd -- {}; ", joined(values.words));
  if (!values.names.empty()) out += fmt::format("_motive_names {}; ", values.names);
  if (values.files) out += "_files; ";
  if (values.folders) out += "_files -/; ";
  return out;
}

std::string zsh_script(const std::vector<CompletedCommand>& commands) {
  std::string values, places;
  for (const CompletedCommand& command : commands) {
    std::string words, flags;
    for (const CompletedWord& word : command.commands) words += " " + zsh_item(word.word, word.help);
    for (const CompletedOption& option : command.options) {
      for (const std::string& flag : option.flags) {
        flags += " " + zsh_item(flag, option.help);
        if (option.takes_value) {
          values += fmt::format("    {}) {}return ;;\n", quoted(command.path + ":" + flag), zsh_values(option.values));
        }
      }
    }
    places += fmt::format("    {})\n      flags=({})\n      choices=({})\n      if [[ $PREFIX == -* ]]; then _describe "
                          "option flags; return; fi\n      (( $#choices )) && _describe command choices\n      {};;\n",
                          quoted(command.path), flags, words, zsh_values(command.arguments));
  }
  return fmt::format(R"sh(#compdef motive
# Completion of motive for zsh. In ~/.zshrc, after compinit: source <(/path/to/motive completion zsh)
_motive_names() {{
  local kind
  for kind; do
    compadd -- ${{(f)"$(MOTIVE_NO_BUILD=1 ${{~words[1]}} list $kind --names 2>/dev/null)"}}
  done
}}
_motive() {{
  local at='' i
  local -a flags choices
  for ((i = 2; i < CURRENT; ++i)); do
    case "$at ${{words[i]}}" in
{}    esac
  done
  case "$at:${{words[CURRENT-1]}}" in
{}  esac
  case "$at" in
{}  esac
}}
compdef _motive motive
)sh",
                     path_cases(commands), values, places);
}

// ---- fish ------------------------------------------------------------------------------------------

std::string fish_values(const Values& values) {
  std::string words = joined(values.words);
  if (!values.names.empty()) words += fmt::format(" (__motive_names {})", values.names);
  if (values.folders) words += " (__fish_complete_directories)";
  return words;
}

std::string fish_option(const CompletedOption& option, const std::string& start) {
  std::string line = start;
  for (const std::string& flag : option.flags) {
    line += flag.rfind("--", 0) == 0 ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
  }
  if (option.takes_value) {
    line += option.values.files ? " -r -F" : " -x";
    const std::string words = fish_values(option.values);
    if (!words.empty()) line += " -a " + quoted(words);
  }
  return line + " -d " + quoted(option.help) + "\n";
}

std::string fish_script(const std::vector<CompletedCommand>& commands) {
  std::string paths, lines;
  for (const CompletedCommand& command : commands) {
    if (!command.path.empty()) paths += " " + quoted(command.path);
    const std::string start = fmt::format("complete -c motive -n {}", quoted("__motive_at " + quoted(command.path)));
    if (!command.arguments.files) lines += start + " -f\n";
    for (const CompletedWord& word : command.commands) {
      lines += fmt::format("{} -a {} -d {}\n", start, word.word, quoted(word.help));
    }
    for (const CompletedOption& option : command.options) lines += fish_option(option, start);
    const std::string words = fish_values(command.arguments);
    if (!words.empty()) lines += fmt::format("{} -a {}\n", start, quoted(words));
  }
  return fmt::format(R"sh(# Completion of motive for fish. In ~/.config/fish/config.fish: /path/to/motive completion fish | source
function __motive_names
    set -l words (commandline -opc)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for kind in $argv
        MOTIVE_NO_BUILD=1 $program list $kind --names 2>/dev/null
    end
end
function __motive_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word"{}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
{})sh",
                     paths, lines);
}

}  // namespace

void add_completion(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("completion", "Completion of commands, options and names, for a shell");
  command->footer("Examples:\n  source <(motive completion bash)\n  motive completion fish | source");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "the shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &status, shell] {
    std::vector<CompletedCommand> commands;
    walk(app, "", commands);
    if (*shell == "bash") {
      std::cout << bash_script(commands);
    } else if (*shell == "zsh") {
      std::cout << zsh_script(commands);
    } else {
      std::cout << fish_script(commands);
    }
    status = 0;
  });
}

}  // namespace motive
