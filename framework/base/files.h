#pragma once
// Purpose: changes to the disk that are whole or absent, whatever is killed and whenever.
// A file is written aside, synced, renamed, and its folder synced; a folder likewise.
// Errors: every function names the file and the system's reason (no space, no permission).

#include <filesystem>
#include <string>
#include <string_view>

#include "framework/base/status.h"

namespace motive {

using Path = std::filesystem::path;

Result<std::string> read_file(const Path& file);
/// Writes and syncs `file` in place. For files inside a folder that is not yet published.
Status write_file_synced(const Path& file, std::string_view content);
/// Replaces `file` by `content` atomically. Makes missing parent folders.
Status write_file_atomic(const Path& file, std::string_view content);
Status make_folders(const Path& folder);
Status sync_folder(const Path& folder);
/// Renames a finished folder to its final name. Returns false where the name is taken already
/// (another process made the same thing first); the caller then drops its own.
Result<bool> publish_folder(const Path& finished, const Path& name);

/// Called before every sync and rename. Where MOTIVE_TEST_KILL is "FILE:N" (tests only), the N-th call
/// counted over all processes that share FILE ends the calling process with SIGKILL.
void kill_point();

}  // namespace motive
