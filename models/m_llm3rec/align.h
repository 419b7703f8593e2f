#pragma once
// Purpose: MAR, the motivational alignment recommender. Source: M-LLM3REC, section 3.3.
//   Score(u, i) = F(m_u, T_i)    (eq 8)        TopK_u = arg max over the candidates    (eq 9)
// Listwise (default): one call puts all candidates into an order and gives reasons. Pointwise: a score of 0 to 100 each, as
// eq 8 says. Pairwise: a call a pair, wins count. Logprob: P(yes) of a yes-no question.
// Reflection (3.3.3): the reasons of the top list are checked against the profile; who fails stands below those who pass,
// and above what was not listed. Nothing is deleted.
// Determinism: of the client's answers and the seeds. Errors: those that end a run; wrong answers are counted, and lists
// repaired (framework/llm/ranking.h).

#include <optional>

#include "framework/llm/listwise.h"
#include "framework/llm/prompt.h"
#include "models/m_llm3rec/params.h"

namespace motive {

/// What the ranking knows of a user and of each candidate, as text.
struct AlignSource {
  std::string profile;                  // "": without MOPE, then history and user
  std::string history, user;
  std::vector<std::string> candidates;  // a line each
  bool traits = true;                   // candidates are traits, not raw text
  std::uint32_t row = 0;
  std::uint64_t llm_seed = 1, prompt_seed = 1;
};

struct Aligned {
  /// Listwise: an order; else a score a candidate (higher is better).
  std::optional<llm::ListwiseResult> list;
  std::vector<float> scores;
  std::vector<std::uint8_t> unfaithful;  // by candidate, of the last check; empty: none was made
  std::map<std::string, std::uint64_t> counts;
};

class Aligner {
 public:
  static Result<Aligner> make(const MarParams& params);
  Result<Aligned> align(llm::Client& client, const AlignSource& source) const;
  Json prompts() const;  // hashes

 private:
  Aligner() = default;
  Json values(const AlignSource& source) const;
  Result<Aligned> listwise(llm::Client& client, const AlignSource& source) const;
  Status check_reasons(llm::Client& client, const AlignSource& source, Aligned& aligned) const;
  Result<Aligned> pointwise(llm::Client& client, const AlignSource& source) const;
  Result<Aligned> pairwise(llm::Client& client, const AlignSource& source) const;
  Result<std::optional<float>> score_of(llm::Client& client, const AlignSource& source, const std::string& candidate,
                                        Aligned& aligned) const;

  MarParams params_;
  std::optional<llm::Prompt> rank_, check_;
};

/// Of a yes-no question: P(yes) / (P(yes) + P(no)) by the log-probabilities of the first token; none where they are absent.
std::optional<double> yes_probability(const Json& logprobs);

}  // namespace motive
