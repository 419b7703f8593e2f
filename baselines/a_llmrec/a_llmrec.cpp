// A-LLMRec: planned. Experiments may name it; its cells say "not available" until its class stands here.

#include "framework/recommend/registry.h"

namespace motive {
namespace {

const RegisterPlanned kRegister{"a_llmrec", "A-LLMRec", "Item embeddings of a collaborative model, aligned with a frozen language model",
                                "Kim et al. 2024, Large Language Models meet Collaborative Filtering (KDD)"};

}  // namespace
}  // namespace motive
