// P5: planned. Experiments may name it; its cells say "not available" until its class stands here.

#include "framework/recommend/registry.h"

namespace motive {
namespace {

const RegisterPlanned kRegister{"p5", "P5", "A T5 that is trained on five families of recommendation prompts",
                                "Geng et al. 2022, Recommendation as Language Processing (RecSys)"};

}  // namespace
}  // namespace motive
