#pragma once
// Purpose: external methods with a name: a folder of baselines/ or models/ that holds a method.yaml and no C++ is a
// method like any other. It is found when the program starts (below $MOTIVE_HOME, else below the checkout it was built
// from), stands in `motive list`, takes its parameters by name, and is tested by the contract suite.
//
//   summary: one line for `motive list models`
//   paper: where it comes from                       # may be left out
//   label: MyMethod                                  # in tables; else the folder's name
//   command: [python3, my_method.py]                 # files beside method.yaml
//   timeout: 3600
//   abilities: {stochastic: false, unseen_users: true}
//   parameters:                                      # handed to the program as options
//     shrinkage: {default: 20, low: 0, high: 1e6, help: "draws rare pairs towards 0"}
//
// Errors: a method.yaml that cannot be read stands in the list with the reason, and is refused where it is used.

#include "baselines/external/external.h"

namespace motive {

/// `default` is a number, or a text. Bounds make it a number.
struct FolderParameter {
  std::string value;
  std::optional<double> low, high;
  std::string help;
  static const config::Table<FolderParameter>& table();
};

struct FolderMethod {
  std::string summary, paper, label;
  ExternalCommand command;
  bool fit = true;
  double timeout = 3600;
  std::string version;
  ExternalAbilities abilities;
  std::map<std::string, FolderParameter> parameters;
  static const config::Table<FolderMethod>& table();
};

/// The method of baselines/NAME/method.yaml, as the registry keeps it.
Method folder_method(const Path& folder);

}  // namespace motive
