#pragma once
// Purpose: the page's style sheet and script, as text that stands inside the page: no network is needed. Colours
// of text have at least 4.5:1 against the page and those of models as well, light and dark (WCAG 2 AA); a test measures
// it. Neither holds "<" or "&", so that the page is well-formed XML. Without the script everything is readable;
// it adds sorting, and opens what is folded before printing.

#include <string>

namespace motive {

const std::string& report_style();
const std::string& report_script();

}  // namespace motive
