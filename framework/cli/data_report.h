#pragma once
// Purpose: statistics and checks of a data set as text for a terminal or a log.

#include <string>

#include "framework/base/json.h"

namespace motive {

/// How text is drawn: bars fill the width; blocks and colour are for terminals that show them.
struct Look {
  int width = 100;
  bool blocks = false;
  bool colour = false;
  /// That of standard output.
  static Look of_stdout();
};

/// `statistics`: data_statistics(); `checks`: inspect_data(). Ends with a line break.
std::string statistics_text(const OrderedJson& statistics, const OrderedJson& checks, const Look& look);

}  // namespace motive
