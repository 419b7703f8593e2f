#pragma once
// Purpose: a method in any language, as a subprocess. README.md beside this file has the protocol.
//   COMMAND fit MODEL              once, with fit: true; may leave files in MODEL
//   COMMAND rank MODEL QUERIES     prints query,item,score
// MODEL holds train.csv, items.csv, users.csv, request.json; QUERIES holds queries.csv,
// history.csv, candidates.csv (absent: all items are candidates), request.json. Truths are in none
// of them. Determinism: the program's own; the seed stands in request.json. Errors: see process.h
// (start, exit status, timeout) and answers.h (what it prints). A model folder that lacks a file,
// or has one of another content, is refused.

#include <map>
#include <memory>

#include "framework/config/table.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

/// What the program says of itself: the framework cannot know.
struct ExternalAbilities {
  bool stochastic = true;
  bool unseen_users = false, empty_history = false, unseen_items = false;
  bool personalised = true;
  bool uses_order = false, uses_text = false;
  static const config::Table<ExternalAbilities>& table();
};

/// Program and arguments. Arguments that name files beside the file that says it (the experiment's, a method.yaml)
/// mean these, wherever the program is started from.
struct ExternalCommand : std::vector<std::string> {
  using std::vector<std::string>::vector;
};

template <>
struct config::Custom<ExternalCommand> {
  static void parse(const Node& node, ExternalCommand& value, const Scope& scope);
  static OrderedJson echo(const ExternalCommand& value);
  static OrderedJson schema();
  static std::string name() { return "list of texts"; }
};

struct ExternalParams {
  ExternalCommand command;
  bool fit = true;
  double timeout = 3600;
  std::string version;
  std::map<std::string, std::string> options;
  ExternalAbilities abilities;
  std::string method = "external";  // its name, and its label in tables: of a folder with a method.yaml
  std::string label;
  static const config::Table<ExternalParams>& table();
};

MethodInfo describe_external(const ExternalParams& params);

class External final : public Recommender {
 public:
  explicit External(const ExternalParams& params) : params_(params) {}
  ~External() override;
  Status fit(const TrainingView& train, FitContext& context) override;
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  Status write_training(const TrainingView& train) const;
  Status write_request(const Path& folder, std::uint64_t seed, int threads) const;
  Status write_queries(const std::vector<Query>& queries, bool all_items, const Path& folder) const;
  Status read_ids();
  void forget();

  ExternalParams params_;
  Path model_;               // train.csv and what fit left
  bool owns_model_ = false;  // a temporary folder of ours, not one of the store
  std::vector<std::string> item_ids_, user_ids_;
};

}  // namespace motive
