#pragma once
// Runs the built program as a person would, for tests.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "framework/base/files.h"

namespace motive {

struct ProgramResult {
  int status = 0;  // exit status, or 128 + signal
  std::string out, err;
};

/// Runs `motive WORDS...`. environment: further variables. interrupt_after: seconds until `signal` is sent
/// to the process alone; negative: never.
struct ProgramOptions {
  std::map<std::string, std::string> environment;
  double signal_after = -1;
  int signal = 0;
  std::uint64_t largest_file = 0;  // bytes that no file may exceed, as if the disk were full; 0: any
  bool to_worker = false;  // the signal goes to a child process of the program, where there is one
};
ProgramResult run_motive(const std::vector<std::string>& words, const ProgramOptions& options = {});

/// A fresh folder for the test, removed at the end.
struct Workplace {
  Path folder;
  Workplace();
  ~Workplace();
  Path write(const std::string& name, const std::string& content) const;
};

/// The files of a run folder that must be the same however often the run was cut off.
std::map<std::string, std::string> printed_files(const Path& run_folder);

/// "N nodes computed" in the notes of a run; -1 where it does not say.
int nodes_computed(const ProgramResult& result);

/// A small experiment that runs in about a second: a world of its own, four methods, two protocols.
std::string small_experiment();

}  // namespace motive
