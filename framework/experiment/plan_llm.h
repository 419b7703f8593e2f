#pragma once
// Purpose: what a plan says of language models: the part of a node's spec that answers depend on, what a worker needs to
// ask them, and the sums for people.
// Errors (kInvalid), before anything is asked: an environment variable for a key that is not set.

#include <set>

#include "framework/experiment/plan.h"

namespace motive {

/// {name: identity}: part of the spec of what asks these endpoints.
Json llm_identities(const std::vector<std::string>& names, const ExperimentConfig& config);

/// For the worker: endpoints in full, mode, cache file, experiment and budget. No secret is in it.
Json llm_context(const std::vector<std::string>& names, const ExperimentConfig& config, llm::Mode mode);

/// Whether any of them is a server.
bool asks_servers(const std::vector<std::string>& names, const ExperimentConfig& config);

/// Whether answering needs the program with LibTorch: the stand-in with its sentence encoder.
bool llm_needs_torch(const std::vector<std::string>& names, const ExperimentConfig& config);

/// What is to do, by endpoint: "small: 12,000 calls, 3.1 M tokens in, .2 M out, 1.30 USD (prices of 2026-01-31)".
std::string describe_llm(const Plan& plan);

/// A run that will ask servers needs their keys: every variable is looked at before the first request.
Status check_keys(const Plan& plan, llm::Mode mode);

}  // namespace motive
