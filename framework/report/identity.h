#pragma once
// Purpose: what may name the person at this machine, to be taken out of what is given away (anonymise.h): the names of
// host and user, the full name and addresses that git and the system know, the home folder, the checkout, the folders
// that MOTIVE_* variables name, the working folder, the remotes of the checkout's git.
// Names that many machines share (root, ubuntu, localhost, ..) name nobody and are left out; so are names of one or two
// letters, which stand everywhere.
// Determinism: that of the machine. Errors: none; what cannot be read adds nothing.

#include <vector>

#include "framework/base/files.h"
#include "framework/report/anonymise.h"

namespace motive {

std::vector<Trace> traces_of_this_machine();

/// A folder as given and as it is without links; nothing for the root.
void add_folder(std::vector<Trace>& traces, const Path& folder, const std::string& kind, const std::string& mark);

/// What a git configuration says of its owner: remotes, name, address.
void add_git_config(std::vector<Trace>& traces, const std::string& config);

}  // namespace motive
