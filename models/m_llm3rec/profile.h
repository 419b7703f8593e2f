#pragma once
// Purpose: MOPE, the motivation-oriented profile extractor. Source: M-LLM3REC, section 3.1.
//   m_u = F(z_u, C_u; P_motivation) = {dimension: motive}                                            (eqs 1-4, 6)
//   reflection: "You previously inferred: X. Do you still agree based on the full history?"          (3.1.3)
//   Consistency = 1/k^2 sum_p sum_q Sim(m^(p), m^(q)), over profiles of single interactions          (eq 5)
// Without a history: metadata alone; without metadata either, the schema's prior (every dimension alike), without a call.
// A history that does not fit the model's context loses its oldest events first, then text of items: counted.
// Determinism: of the client's answers. Errors: those that end a run; an answer that stays wrong gives the prior, counted.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/llm/client.h"
#include "framework/llm/prompt.h"
#include "framework/recommend/query.h"
#include "models/m_llm3rec/params.h"

namespace motive {

struct Motive {
  std::string dimension, motivation;
  std::vector<std::string> keywords;
  int strength = 3;  // 1..5
};

/// m_u. `prior`: nothing was inferred, all dimensions stand alike.
struct Profile {
  std::vector<Motive> motives;  // strongest first
  bool prior = false;

  /// "- functionality (strength 4): wants ..; keywords: a, b", a line each.
  std::string text() const;
  Json to_json() const;
};

/// Reads an answer of the schema below.
Profile profile_from(const Json& answer);
/// dimensions empty: free words.
Json profile_schema(const std::vector<Dimension>& dimensions);

/// Sim of eq 5: Jaccard over dimensions, or over keywords and words of the motives.
double similarity(const Profile& a, const Profile& b, Coherence by);

/// Everything a query's profile is made from.
struct ProfileSource {
  const Query* query = nullptr;
  const Catalogue* items = nullptr;
  const UserTable* users = nullptr;
  const std::vector<std::vector<std::string>>* traits = nullptr;  // by item; where MopeParams::traits
  float best_rating = 5;
  std::uint64_t llm_seed = 1;
};

class ProfileExtractor {
 public:
  /// Reads the prompts.
  static Result<ProfileExtractor> make(const MLlm3RecParams& params);

  struct Extracted {
    Profile profile;
    std::string evidence;  // what the prompts said of the user
    std::map<std::string, std::uint64_t> counts;
    std::map<std::string, double> observed;  // coherence by similarity
  };
  Result<Extracted> extract(llm::Client& client, const ProfileSource& source) const;

  /// Hashes of the prompts that are used: part of the method's key.
  Json prompts() const;

 private:
  ProfileExtractor() = default;
  Json values(const ProfileSource& source, std::size_t events, int field_tokens, Extracted& out) const;
  Result<std::optional<Profile>> ask(llm::Client& client, const llm::Prompt& prompt, const Json& values, const char* task,
                                     std::uint64_t llm_seed, Extracted& out) const;
  Result<std::vector<Profile>> per_item(llm::Client& client, const ProfileSource& source, Extracted& out) const;
  Status read_parts(llm::Client& client, const ProfileSource& source, Extracted& out, std::vector<Profile>& parts) const;
  Status add_coherence(llm::Client& client, const std::vector<Profile>& profiles, Extracted& out) const;

  MopeParams params_;
  std::vector<Dimension> dimensions_;
  std::optional<llm::Prompt> extract_, review_, merge_;
};

}  // namespace motive
