#include "tests/golden/run_experiment.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace motive {
namespace {

/// Fields of a CSV line; protocols hold commas inside quotes.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

ExperimentRun::ExperimentRun(const std::string& yaml) {
  static int number = 0;
  folder_ = Path(testing::TempDir()) / fmt::format("golden-{}-{}", ::getpid(), ++number);
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ / "golden.yaml") << yaml;
  const std::string command =
      fmt::format("MOTIVE_HOME='{}' '{}' run '{}' --out '{}' >'{}' 2>&1", MOTIVE_SOURCE_DIR, MOTIVE_PROGRAM,
                  (folder_ / "golden.yaml").string(), folder().string(), (folder_ / "log").string());
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 0) << *read_file(folder_ / "log");
}

ExperimentRun::~ExperimentRun() {
  std::error_code code;
  std::filesystem::remove_all(folder_, code);
}

std::array<double, 4> ExperimentRun::means(const std::string& model, const std::string& protocol) const {
  std::array<double, 4> values;
  values.fill(std::nan(""));
  std::ifstream file(folder() / "summary.csv");
  // dataset,split,model,label,variant,protocol,slice,metric,k,mean,...
  for (std::string line; std::getline(file, line);) {
    const auto fields = fields_of(line);
    if (fields.size() < 10 || fields[2] != model || fields[5] != protocol) continue;
    const std::size_t place = (fields[8] == "5" ? 0u : 2u) + (fields[7] == "hr" ? 0u : 1u);
    values[place] = std::stod(fields[9]);
  }
  return values;
}

std::string ExperimentRun::node(const std::string& kind) const {
  const std::filesystem::directory_iterator nodes(folder() / "store" / kind);
  return nodes->path().filename().string();
}

}  // namespace motive
