#include "framework/text/text_fields.h"

#include <fmt/ranges.h>

namespace motive {
namespace {

std::string names_of(const Catalogue& items) {
  std::vector<std::string> names;
  for (const auto& [name, column] : items.fields()) names.push_back("`" + name + "`");
  return names.empty() ? "no fields at all" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<std::vector<std::string>> text_fields_of(const Catalogue& items, const std::vector<std::string>& wanted, std::string_view who,
                                                std::string_view option) {
  static const std::vector<std::string> kUsual = {"title", "description", "categories"};
  std::vector<std::string> found;
  for (const std::string& field : wanted.empty() ? kUsual : wanted) {
    if (items.has(field)) {
      found.push_back(field);
    } else if (!wanted.empty()) {
      return invalid("{}: `{}` names `{}`, and the items of this data set have {}", who, option, field, names_of(items));
    }
  }
  if (!found.empty()) return found;
  return Error{fmt::format("{} reads title, description and categories of items; this data set has {}. Name others in `{}`, or give "
                           "the data set an items file",
                           who, names_of(items), option),
               ErrorKind::kNotApplicable};
}

}  // namespace motive
