#include "framework/llm/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "framework/llm/prompt.h"

namespace motive::llm {
namespace {

std::string capital(std::string name) {
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

template <class Write>
Described describe(const Catalogue& items, ItemId item, const TextOptions& options, const Write& write) {
  Described described;
  for (const std::string& field : options.fields) {
    const std::string value = first_tokens(data_text(items.text(index(item), field)), options.field_tokens, &described.cut);
    if (!value.empty()) write(described.text, field, value);
  }
  described.empty = described.text.empty();
  if (described.empty) described.text = "(no text)";
  return described;
}

}  // namespace

Described describe_item(const Catalogue& items, ItemId item, const TextOptions& options) {
  return describe(items, item, options, [](std::string& text, const std::string& field, const std::string& value) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", capital(field), value);
  });
}

Described describe_line(const Catalogue& items, ItemId item, const TextOptions& options) {
  return describe(items, item, options, [](std::string& text, const std::string&, const std::string& value) {
    text += (text.empty() ? "" : "; ") + value;
  });
}

DescribedHistory describe_history(const Catalogue& items, std::span<const ItemId> history, std::span<const float> ratings,
                                  std::size_t most, float best_rating, const TextOptions& options) {
  DescribedHistory described;
  const std::size_t first = history.size() - std::min(most, history.size());
  for (std::size_t h = first; h < history.size(); ++h) {
    const Described item = describe_item(items, history[h], options);
    described.cut += item.cut;
    described.empty += item.empty;
    std::string text = item.text;
    if (options.ratings && !ratings.empty()) text += fmt::format("\nRating: {:g} of {:g}", ratings[h], best_rating);
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) text.insert(at + 1, "   ");
    described.text += fmt::format("{}{}. {}", described.text.empty() ? "" : "\n", ++described.shown, text);
  }
  return described;
}

std::string describe_user(const UserTable& users, UserId user, const std::vector<std::string>& fields) {
  std::string text;
  for (const auto& [name, values] : users.fields()) {
    if (!fields.empty() && std::find(fields.begin(), fields.end(), name) == fields.end()) continue;
    const std::string value = data_text(values[index(user)]);
    if (!value.empty()) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", name, value);
  }
  return text;
}

bool has_text(const Catalogue& items, const std::vector<std::string>& fields) {
  for (const std::string& field : fields) {
    if (!items.has(field)) continue;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!items.text(i, field).empty()) return true;
    }
  }
  return false;
}

}  // namespace motive::llm
