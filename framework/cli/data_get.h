#pragma once
// Purpose: `motive data get NAME`.

namespace CLI {
class App;
}

namespace motive {

void add_data_get(CLI::App& data, int& status);

}  // namespace motive
