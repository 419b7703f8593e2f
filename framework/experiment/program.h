#pragma once
// Purpose: which program runs a method. Methods that need LibTorch have no class in `motive`: loading LibTorch takes
// .3 s, which every command would pay. They are run by `motive-torch`, which lies beside it and is the same otherwise.
// Errors: kUnavailable where that program is missing or cannot be started.

#include <any>
#include <memory>

#include "framework/base/files.h"
#include "framework/recommend/registry.h"

namespace motive {

/// The file to run for workers: this program's, or that of the one with LibTorch.
Path program_file(bool torch);

/// What main() was given, for make_method(). Without a call, or where restarting would lose what was read from standard
/// input, make_method() gives an error instead.
void remember_arguments(char** argv);

/// An object of the method. In a process that has not its class, the program with LibTorch starts anew with the same
/// arguments, in the place of this one.
Result<std::unique_ptr<Recommender>> make_method(const Method& method, const std::any& params);

}  // namespace motive
