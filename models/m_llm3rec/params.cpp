#include "models/m_llm3rec/params.h"

#include <algorithm>

namespace motive {

const std::vector<Dimension>& default_schema() {
  static const std::vector<Dimension> kSchema = {
      {"functionality", "what a thing does: solving a task, performance, convenience, ease of use"},
      {"aesthetic", "how it looks, sounds or feels: beauty, style, design"},
      {"price_value", "saving money, a good deal, much for the price"},
      {"quality_durability", "workmanship, reliability, things that last"},
      {"sustainability_ethics", "the environment, animals, fair work, natural origin"},
      {"emotional_hedonic", "pleasure, fun, comfort, excitement, nostalgia, escape"},
      {"social_gift", "giving, sharing, family, belonging, status, impressing others"},
      {"health_safety", "health, hygiene, protection, freedom from risk"}};
  return kSchema;
}

const config::Table<Dimension>& Dimension::table() {
  static const auto kTable = config::Table<Dimension>("dimension")
                                 .field("name", &Dimension::name, "a word, such as aesthetic", config::file_name().required())
                                 .field("description", &Dimension::description, "what belongs to it, for the model");
  return kTable;
}

const config::Table<MopeParams>& MopeParams::table() {
  using P = MopeParams;
  static const auto kTable =
      config::Table<P>("mope")
          .field("enabled", &P::enabled, "false: the ranking reads the raw history in place of a profile")
          .field("endpoint", &P::endpoint, "who is asked: a name of `endpoints`", config::not_empty())
          .field("prompt", &P::prompt, "file with a prompt of your own; empty: prompts/mope.mustache")
          .field("review_prompt", &P::review_prompt, "the same for the reflection")
          .field("merge_prompt", &P::merge_prompt, "the same for the merging of per_item")
          .field("history", &P::history, "events that are shown, the last ones", config::range(1, 1000))
          .field("fields", &P::fields, "fields of the items that are shown", config::not_empty().unique())
          .field("field_tokens", &P::field_tokens, "what is longer is cut", config::range(1, 100000))
          .field("ratings", &P::ratings, "shows ratings where there are any")
          .field("traits", &P::traits, "shows the traits of items in place of their text")
          .field("metadata", &P::metadata, "shows the user's fields where there are any (eq 6)")
          .field("metadata_fields", &P::metadata_fields, "these alone; empty: all", config::Rule().unique())
          .field("exemplars", &P::exemplars, "shows worked examples (made-up users)")
          .field("schema", &P::schema, "false: dimensions are the model's own words")
          .field("reflection", &P::reflection, "rounds of \"do you still agree?\"", config::range(0, 5))
          .field("per_item", &P::per_item, "a profile an event, then merged into one")
          .choice("coherence", &P::coherence, "similarities by which the coherence score (eq 5) is reported; costs a call an event",
                  {{"schema", Coherence::kSchema, "dimensions in common"},
                   {"keywords", Coherence::kKeywords, "words in common"},
                   {"embedding", Coherence::kEmbedding, "cosine of the endpoint's embeddings"}},
                  config::Rule().unique())
          .field("temperature", &P::temperature, "of sampling", config::range(0, 2))
          .field("top_p", &P::top_p, "of sampling", config::above(0).up_to(1))
          .field("max_tokens", &P::max_tokens, "of an answer", config::range(16, 100000))
          .field("batch", &P::batch, "asks by the server's Batch API: half the price, a day at most for each round of questions: "
                                     "profiles (of events, then merged), then each reflection; a killed run goes on waiting");
  return kTable;
}

const config::Table<MoteParams>& MoteParams::table() {
  using P = MoteParams;
  static const auto kTable =
      config::Table<P>("mote")
          .field("enabled", &P::enabled, "false: the ranking reads raw text in place of traits")
          .field("endpoint", &P::endpoint, "who is asked: a name of `endpoints`", config::not_empty())
          .field("prompt", &P::prompt, "file with a prompt of your own; empty: prompts/mote.mustache")
          .field("fields", &P::fields, "fields of the item that are shown", config::not_empty().unique())
          .field("field_tokens", &P::field_tokens, "what is longer is cut", config::range(1, 100000))
          .field("min_traits", &P::min_traits, "fewest phrases", config::range(1, 50))
          .field("max_traits", &P::max_traits, "most phrases", config::range(1, 50))
          .field("vocabulary", &P::vocabulary, "phrases to choose from; empty: open", config::Rule().unique())
          .field("exemplars", &P::exemplars, "shows worked examples (made-up items)")
          .field("temperature", &P::temperature, "of sampling", config::range(0, 2))
          .field("top_p", &P::top_p, "of sampling", config::above(0).up_to(1))
          .field("max_tokens", &P::max_tokens, "of an answer", config::range(16, 100000))
          .field("batch", &P::batch, "asks by the server's Batch API: half the price, answers within a day; a killed run goes on waiting")
          .field("sample", &P::sample, "which answer of the model; one is made for all llm seeds, so that an item is paid for once",
                 config::range(1, 1000000))
          .check("max_traits", [](const P& p) { return p.max_traits < p.min_traits ? "must be at least min_traits" : ""; });
  return kTable;
}

const config::Table<MarParams>& MarParams::table() {
  using P = MarParams;
  static const auto kTable =
      config::Table<P>("mar")
          .field("endpoint", &P::endpoint, "who is asked: a name of `endpoints`", config::not_empty())
          .field("prompt", &P::prompt, "file with a prompt of your own; empty: the one of prompts/ for `how`")
          .field("check_prompt", &P::check_prompt, "the same for the reflection")
          .choice("how", &P::how, "how candidates are compared",
                  {{"listwise", How::kListwise, "one call puts them into an order"},
                   {"pointwise", How::kPointwise, "a call each, a score of 0 to 100 (eq 8)"},
                   {"pairwise", How::kPairwise, "a call a pair; wins count"},
                   {"logprob", How::kLogprob, "a call each, the probability of `yes`; where the server gives log-probabilities"}})
          .field("top", &P::top, "listwise: how many the model is asked for", config::range(1, 1000))
          .field("reasons", &P::reasons, "listwise: a rationale for each")
          .field("reflection", &P::reflection, "rounds in which rationales are checked; who fails is demoted", config::range(0, 5))
          .field("permutations", &P::permutations, "orders of presentation, joined by Borda counts", config::range(1, 100))
          .field("window", &P::window, "listwise: candidates a call; 0: all", config::range(0, 1000))
          .field("stride", &P::stride, "of the window", config::range(1, 1000))
          .field("exemplars", &P::exemplars, "shows a worked example (made up)")
          .field("temperature", &P::temperature, "of sampling", config::range(0, 2))
          .field("top_p", &P::top_p, "of sampling", config::above(0).up_to(1))
          .field("max_tokens", &P::max_tokens, "of an answer", config::range(16, 100000))
          .field("batch", &P::batch, "asks by the server's Batch API: half the price, a day at most for each round of questions: "
                                     "lists in all orders (or all scores, pairs), then each check; a round a window")
          .check("window", [](const P& p) { return p.window > 0 && p.stride >= p.window ? "must be larger than stride" : ""; })
          .check("window", [](const P& p) { return p.window == 1 ? "a window of one compares nothing" : ""; });
  return kTable;
}

const config::Table<MLlm3RecParams>& MLlm3RecParams::table() {
  using P = MLlm3RecParams;
  static const auto kTable =
      config::Table<P>("m_llm3rec")
          .field("schema", &P::schema, "dimensions of motivation; empty: the eight of the README")
          .field("mope", &P::mope, "the profile of a user")
          .field("mote", &P::mote, "the traits of an item")
          .field("mar", &P::mar, "the ranking")
          .check("mope", [](const P& p) {
            return p.mope.traits && !p.mote.enabled ? "`traits` needs the traits that `mote` makes, and `mote` is not enabled" : "";
          })
          .check("schema", [](const P& p) -> std::string {
            for (std::size_t i = 0; i < p.schema.size(); ++i) {
              for (std::size_t j = 0; j < i; ++j) {
                if (p.schema[i].name == p.schema[j].name) return fmt::format("two dimensions are called `{}`", p.schema[i].name);
              }
            }
            return "";
          });
  return kTable;
}

}  // namespace motive
