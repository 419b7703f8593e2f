#include "framework/cli/data_get.h"

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/data/obtain.h"

namespace motive {
namespace {

CancelFlag interrupted;  // set by SIGINT

/// Bytes, speed and time left.
class DownloadProgress final : public Progress {
 public:
  ~DownloadProgress() override { Console::instance().clear_status(); }
  void update(double done, double total, std::string_view note) override {
    const auto now = std::chrono::steady_clock::now();
    if (note != note_) note_ = note, start_ = now, first_ = done;
    const std::chrono::duration<double> passed = now - start_;
    const double speed = passed.count() > 0.5 ? (done - first_) / passed.count() : 0;
    const double left = total > 0 && speed > 0 ? (total - done) / speed : -1;
    std::string text = note_;
    if (done > 0) text += " · " + format_bytes(done) + (total > 0 ? " of " + format_bytes(total) : "");
    if (speed > 0) text += " · " + format_bytes(speed) + "/s";
    Console::instance().status(total > 0 ? done / total : 0, text, left);
  }

 private:
  std::string note_;
  std::chrono::steady_clock::time_point start_{};
  double first_ = 0;
};

struct GetArguments {
  std::string name;
  bool accept = false, again = false;
};

/// Where a person must fetch it.
Error by_hand(const Descriptor& descriptor) {
  std::string text = fmt::format("the description of {} names no downloads: fetch it yourself", descriptor.name);
  if (!descriptor.source.empty()) text += "\nsource: " + descriptor.source;
  if (!descriptor.terms.empty()) text += "\nterms: " + descriptor.terms;
  text += "\nand put these files";
  for (const std::string& file : descriptor.files()) text += "\n  " + file;
  text += "\ninto one of";
  for (const Path& folder : locate_files(descriptor).looked_at) text += "\n  " + folder.string();
  return Error{text, ErrorKind::kUnavailable};
}

/// What will be fetched and on which terms.
Status show(const Descriptor& descriptor) {
  MOTIVE_ASSIGN(const Pins pins, Pins::read(Pins::file_of(descriptor.folder_name())));
  std::cout << (descriptor.title.empty() ? descriptor.name : descriptor.title) << "\n";
  if (!descriptor.source.empty()) std::cout << "source: " << descriptor.source << "\n";
  std::cout << "terms: " << (descriptor.terms.empty() ? "not stated; ask the source" : descriptor.terms) << "\n";
  if (!descriptor.cite.empty()) std::cout << "cite: " << descriptor.cite << "\n";
  for (const Download& download : descriptor.downloads) {
    const auto pin = pins.downloads.find(download.file_name());
    const std::string sum = !download.sha256.empty()       ? "SHA-256 " + download.sha256
                            : pin != pins.downloads.end() ? "SHA-256 " + pin->second + " (pinned at the first download)"
                                                          : "SHA-256 not known: the first download's is pinned";
    std::cout << "  " << download.url << "\n    " << sum << "\n";
  }
  std::cout << "into " << cache_data_folder(descriptor.folder_name()).string() << "\n" << std::flush;
  return {};
}

Status ask_for_terms(const GetArguments& arguments) {
  if (arguments.accept) return {};
  if (::isatty(STDIN_FILENO) != 1)
    return invalid("the terms above must be accepted: read them, then say `motive data get {} --accept`", arguments.name);
  std::cout << "Do you accept the terms? Type yes to go on: " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "yes") return invalid("the terms were not accepted; nothing was fetched");
  return {};
}

Status get(const GetArguments& arguments) {
  MOTIVE_ASSIGN(const Descriptor descriptor, find_descriptor(arguments.name));
  if (descriptor.synthetic())
    return invalid("{} is made by the program; there is nothing to download", arguments.name);
  DownloadProgress progress;
  const LocatedFiles located = locate_files(descriptor);
  if (located.found() && !arguments.again) {
    if (located.folder == cache_data_folder(descriptor.folder_name())) MOTIVE_TRY(check_pins(descriptor, progress));
    Console::instance().clear_status();
    std::cout << descriptor.name << " is there already: " << located.folder.string() << "\n";
    return {};
  }
  if (descriptor.downloads.empty()) return by_hand(descriptor);
  MOTIVE_TRY(show(descriptor));
  MOTIVE_TRY(ask_for_terms(arguments));
  ::signal(SIGINT, [](int) { interrupted.set(); });
  ::signal(SIGTERM, [](int) { interrupted.set(); });
  MOTIVE_ASSIGN(const Obtained obtained, obtain_data(descriptor, {}, progress, &interrupted));
  Console::instance().clear_status();
  std::cout << fmt::format("fetched {} into {}: {} files\n", format_bytes(static_cast<double>(obtained.bytes)),
                           obtained.folder.string(), obtained.files.size());
  if (obtained.pinned > 0) {
    std::cout << fmt::format("pinned {} checksums that the description does not state in {}\n", obtained.pinned,
                             Pins::file_of(descriptor.folder_name()).string());
  }
  return {};
}

}  // namespace

void add_data_get(CLI::App& data, int& status) {
  auto* command = data.add_subcommand("get", "Download a data set: terms first, then fetched, checked and unpacked");
  auto arguments = std::make_shared<GetArguments>();
  command->add_option("NAME", arguments->name, "as `motive data list` shows it, or a .yaml file")->required();
  command->add_flag("--accept", arguments->accept, "the terms, without being asked (for scripts)");
  command->add_flag("--again", arguments->again, "even where the files are there already");
  command->footer("An interrupted download goes on where it stopped when the same command is given again.");
  command->callback([=, &status] {
    const Status done = get(*arguments);
    status = done ? 0 : report_error(done.error());
  });
}

}  // namespace motive
