#pragma once
// Purpose: work that is gone over while some of its answers are still to come with a batch (batch.h). Where an answer is
// missing, chat() gives the error to_come(), and the work passes it on like any other. Work with more to ask that does not
// rest on that answer makes those calls first, so that they go into the same batch:
//   IndependentCalls calls;
//   for (..) { const auto answer = client.chat(..); MOTIVE_TRY(calls.made(answer)); if (!answer) continue; .. }
//   MOTIVE_TRY(calls.all_there());
// Outside of a batch no call gives to_come(), and none of this does anything.

#include "framework/base/status.h"

namespace motive::llm {

inline Error to_come() { return fail("the answer is to come with a batch"); }
inline bool is_to_come(const Error& error) { return error.message == to_come().message; }

class IndependentCalls {
 public:
  /// The error of the call, unless its answer is only to come.
  template <class T>
  Status made(const Result<T>& call) {
    if (call) return {};
    if (!is_to_come(call.error())) return call.error();
    to_come_ = true;
    return {};
  }
  /// to_come() where an answer is.
  Status all_there() const { return to_come_ ? Status(to_come()) : Status(); }

 private:
  bool to_come_ = false;
};

}  // namespace motive::llm
