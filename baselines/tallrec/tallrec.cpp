// TALLRec: planned. Experiments may name it; its cells say "not available" until its class stands here.

#include "framework/recommend/registry.h"

namespace motive {
namespace {

const RegisterPlanned kRegister{"tallrec", "TALLRec", "A language model tuned by LoRA to say yes or no to an item",
                                "Bao et al. 2023, TALLRec (RecSys)"};

}  // namespace
}  // namespace motive
