#pragma once
// Purpose: the parameters of M-LLM3REC: one group a module, each switch an ablation of the paper.
// Source: Chen, Zeng, Huang, M-LLM3REC, CIKM 2025, sections 3 and 4.2 (temperatures, top-p, most tokens). Where the paper
// leaves something open, README.md says what the default is and why.

#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/llm/describe.h"

namespace motive {

/// One dimension of the motivational schema M (eq 4).
struct Dimension {
  std::string name, description;
  static const config::Table<Dimension>& table();
  friend bool operator==(const Dimension&, const Dimension&) = default;
};
const std::vector<Dimension>& default_schema();

/// Where the method's own prompts lie (llm::prompt_file).
inline constexpr const char* kPrompts = "models/m_llm3rec/prompts";

/// Sim of eq 5.
enum class Coherence { kSchema, kKeywords, kEmbedding };

/// Motivation-oriented profile extractor (3.1).
struct MopeParams {
  bool enabled = true;                       // false: MAR reads the raw history (Table 5, "without MOPE")
  std::string endpoint = "offline";
  std::string prompt, review_prompt, merge_prompt;  // files; "": those of the method
  int history = 10;
  std::vector<std::string> fields{"title", "description", "categories"};
  int field_tokens = 200;
  bool ratings = true;
  bool traits = false;                       // reads MOTE's traits in place of the items' text
  bool metadata = true;                      // z_u (eq 6)
  std::vector<std::string> metadata_fields;  // empty: all
  bool exemplars = true;
  bool schema = true;                        // false: dimensions are free
  int reflection = 1;                        // rounds
  bool per_item = false;                     // a profile an interaction, then merged
  std::vector<Coherence> coherence;          // reported for each user; costs a call an interaction
  double temperature = 1, top_p = 1;
  int max_tokens = 1024;
  bool batch = false;                        // by the server's Batch API
  static const config::Table<MopeParams>& table();
};

/// Motivation-oriented trait encoder (3.2).
struct MoteParams {
  bool enabled = true;                       // false: MAR reads raw text (Table 5, "without MOTE")
  std::string endpoint = "offline";
  std::string prompt;
  std::vector<std::string> fields{"title", "description", "categories"};
  int field_tokens = 200;
  int min_traits = 3, max_traits = 8;
  std::vector<std::string> vocabulary;       // empty: open
  bool exemplars = true;
  double temperature = 0.9, top_p = 0.9;
  int max_tokens = 4095;
  bool batch = false;                        // by the server's Batch API
  std::int64_t sample = 1;                   // which answer of the model; items are paid for once, whatever the llm seeds
  static const config::Table<MoteParams>& table();
};

enum class How { kListwise, kPointwise, kPairwise, kLogprob };

/// Motivational alignment recommender (3.3).
struct MarParams {
  std::string endpoint = "offline";
  std::string prompt, check_prompt;
  How how = How::kListwise;
  int top = 10;                              // how many the model is asked for
  bool reasons = true;
  int reflection = 1;                        // rounds in which reasons are checked against the profile
  int permutations = 1;
  int window = 0, stride = 10;               // listwise: 0 shows all candidates at once
  bool exemplars = true;
  double temperature = 0.9, top_p = 0.9;
  int max_tokens = 1024;
  bool batch = false;                        // by the server's Batch API
  static const config::Table<MarParams>& table();
};

struct MLlm3RecParams {
  std::vector<Dimension> schema;             // empty: default_schema()
  MopeParams mope;
  MoteParams mote;
  MarParams mar;
  static const config::Table<MLlm3RecParams>& table();

  const std::vector<Dimension>& dimensions() const { return schema.empty() ? default_schema() : schema; }
  llm::TextOptions mope_text() const { return {mope.fields, mope.field_tokens, mope.ratings}; }
  llm::TextOptions mote_text() const { return {mote.fields, mote.field_tokens, false}; }
};

}  // namespace motive
