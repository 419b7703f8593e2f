#include "tests/contract/method_case.h"

#include "framework/config/node.h"

namespace motive::contract {
namespace {

/// The folder's contract.yaml with @SOURCE@ replaced, or "" where there is none.
std::string small_parameters(const std::string& name) {
  for (const char* parent : {"baselines", "models"}) {
    const auto text = read_file(Path(MOTIVE_SOURCE_DIR) / parent / name / "contract.yaml");
    if (!text) continue;
    std::string yaml = *text;
    for (std::size_t at; (at = yaml.find("@SOURCE@")) != std::string::npos;) {
      yaml.replace(at, 8, MOTIVE_SOURCE_DIR);
    }
    return yaml;
  }
  return "";
}

testing::Data::Sequences checkerboard(std::uint32_t users, std::uint32_t items) {
  testing::Data::Sequences sequences(users);
  Rng rng(1, "checkerboard");
  for (std::uint32_t u = 0; u < users; ++u) {
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u / 2) % 4 != 0) sequences[u].push_back(i);
    }
    rng.shuffle(std::span(sequences[u]));
  }
  return sequences;
}

std::vector<std::string> titles(std::uint32_t items) {
  std::vector<std::string> titles;
  for (std::uint32_t i = 0; i < items; ++i) {
    titles.push_back(fmt::format("{} thing {}", i % 2 ? "crimson wooden" : "azure metal", i));
  }
  return titles;
}

}  // namespace

bool with_torch() {
  const auto all = Registry::instance().all();
  return std::any_of(all.begin(), all.end(), [](const Method* method) { return method->torch && method->make; });
}

namespace {

std::vector<std::string> names_of(bool lists) {
  std::vector<std::string> names;
  for (const Method* method : Registry::instance().all()) {
    if (!method->make || method->planned || method->torch != with_torch()) continue;
    const auto found = method_case(method->name);
    if ((found && found->info.lists_only) == lists) names.push_back(method->name);
  }
  return names;
}

}  // namespace

std::vector<std::string> method_names() { return names_of(false); }
std::vector<std::string> list_method_names() { return names_of(true); }

Result<MethodCase> method_case(const std::string& name) {
  MethodCase found;
  found.method = Registry::instance().find(name);
  config::Errors errors;
  const std::string yaml = small_parameters(name);
  const config::Node node =
      yaml.empty() ? config::Node{} : config::parse_yaml(yaml, name + "/contract.yaml", errors);
  found.params = found.method->parameters->parse(node, errors);
  if (!errors.empty()) return errors.error();
  found.info = found.method->describe(found.params);
  return found;
}

Checkerboard::Checkerboard(std::uint32_t users, std::uint32_t items)
    : items_(items),
      sequences_(checkerboard(users, items)),
      data_(sequences_, items, titles(items)) {}

double Checkerboard::auc(const std::vector<float>& scores, std::uint32_t user) const {
  const auto& seen = sequences_[user];
  double right = 0, pairs = 0;
  for (std::uint32_t i = user % 2; i < items_; i += 2) {
    if (std::find(seen.begin(), seen.end(), i) != seen.end()) continue;
    for (std::uint32_t j = 1 - user % 2; j < items_; j += 2) {
      right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
      ++pairs;
    }
  }
  return right / pairs;
}

Result<Scores> rank(const Recommender& method, testing::Queries& queries, int threads) {
  testing::Contexts contexts;
  contexts.rank.threads = threads;
  queries.rewind();
  testing::Sink sink(queries);
  MOTIVE_TRY(method.rank(queries, sink, contexts.rank));
  Scores scores = std::move(sink.found);
  for (const Query& query : queries.list()) {
    const auto list = sink.lists.find({query.row, ""});
    if (list == sink.lists.end()) continue;
    const bool all = queries.kind() == CandidateKind::kAll;
    auto& row = scores[query.row];
    row.assign(all ? queries.n_items() : query.candidates.size(), 0);
    for (std::size_t place = list->second.size(); place-- > 0;) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        const ItemId item = all ? item_id(c) : query.candidates[c];
        if (item == list->second[place]) row[c] = static_cast<float>(list->second.size() - place);
      }
    }
  }
  return scores;
}

}  // namespace motive::contract
