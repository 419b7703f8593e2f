#include "framework/experiment/stage_llm.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace motive {
namespace {

/// Waits for whoever asks servers with the same cache. The lock goes with the process, however it ends.
Result<std::shared_ptr<void>> lock_servers(const Path& cache, const StageContext& stage) {
  const Path file = cache.string() + ".asking";
  MOTIVE_TRY(make_folders(file.parent_path()));
  const int descriptor = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (descriptor < 0) return fail("{}: {}", file.string(), std::strerror(errno));
  std::shared_ptr<void> lock(nullptr, [descriptor](void*) { ::close(descriptor); });
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (stage.cancel && stage.cancel->is_set()) return Error{"interrupted", ErrorKind::kCancelled};
    stage.progress->update(0, 0, "waits for another run that asks servers");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return lock;
}

}  // namespace

Result<StageLlm> open_llm(const Json& task_context, const StageContext& stage) {
  StageLlm llm;
  if (!task_context.contains("llm")) return llm;
  const Json& given = task_context.at("llm");
  MOTIVE_ASSIGN(llm::Budget budget, llm::budget_from_json(given.at("budget")));
  llm::ClientOptions options{.mode = static_cast<llm::Mode>(given.at("mode").get<int>()), .cache = given.at("cache").get<std::string>(),
                             .experiment = given.at("experiment"), .budget = std::move(budget),
                             .cancel = stage.cancel, .threads = stage.threads};
  bool servers = false;
  for (const auto& [name, json] : given.at("endpoints").items()) {
    MOTIVE_ASSIGN(llm::EndpointConfig endpoint, llm::endpoint_from_json(json));
    servers |= !endpoint.is_offline();
    options.endpoints.emplace(name, std::move(endpoint));
  }
  if (servers && options.mode != llm::Mode::kReplay) {
    MOTIVE_ASSIGN(llm.lock, lock_servers(options.cache, stage));
  }
  MOTIVE_ASSIGN(llm.client, llm::Client::open(std::move(options)));
  return llm;
}

Status StageLlm::write(const Path& folder) const {
  if (!client) return {};
  MOTIVE_TRY(client->flush());
  return write_file_synced(folder / "llm.json", client->report().dump(1) + "\n");
}

}  // namespace motive
