#pragma once
// Purpose: what a Cache is made of. Private to its sources (cache.cpp, artefact.cpp).

#include <unordered_map>

#include "framework/llm/cache_readers.h"
#include "framework/llm/cache_writer.h"

namespace motive::llm {

struct Cache::State {
  Path file;
  std::unique_ptr<Writer> writer;  // null: read only
  std::unique_ptr<Readers> readers;
  std::mutex mutex;
  /// Stored without waiting, and not yet committed: find() knows them.
  std::unordered_map<std::string, std::shared_ptr<const StoredAnswer>> posted;

  Status check_writable() const {
    if (writer) return {};
    return fail("{}: was opened to be read only", file.string());
  }
};

}  // namespace motive::llm
