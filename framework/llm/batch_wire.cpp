#include "framework/llm/batch_wire.h"

#include <algorithm>
#include <array>

#include "framework/base/hash.h"
#include "framework/llm/parse_json.h"

namespace motive::llm {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr double kTransferTimeout = 1800;
constexpr const char* kMark = "motive";
constexpr const char* kLastJobs = "/batches?limit=100";

BatchJob job_of(const Json& json) {
  BatchJob job{text_at(json, "id"), text_at(json, "status"), text_at(json, "output_file_id"), text_at(json, "error_file_id"), ""};
  const Json& errors = member_at(member_at(json, "errors"), "data");
  if (errors.is_array() && !errors.empty()) job.problem = text_at(errors.front(), "message");
  return job;
}

}  // namespace

bool BatchJob::ended() const {
  static constexpr std::array kEnds = {"failed", "completed", "expired", "cancelled"};
  return std::find(kEnds.begin(), kEnds.end(), status) != kEnds.end();
}

HttpRequest BatchWire::get(const std::string& path) const {
  HttpRequest request;
  request.method = "GET";
  request.url = line_.config.base_url + path;
  request.timeout = line_.config.timeout;
  return request;
}

/// mark: of the job that this request makes; "" where it may be sent twice.
Result<BatchWire::Called> BatchWire::call(HttpRequest request, const std::string& mark) {
  Rng rng(0, "llm-batch");
  for (int tries = 1;; ++tries) {
    MOTIVE_TRY(sender_.may_send());
    MOTIVE_ASSIGN(HttpReply reply, sender_.exchange(line_, request));
    if (reply.status >= 200 && reply.status < 300) return Called{std::move(reply.body), {}};
    const Fate fate = reply.status == 0 ? Fate::kRetry : fate_of(reply.status, reply.body);
    const std::string said =
        reply.status == 0 ? reply.failure : fmt::format("status {}: {}", reply.status, error_text(reply.body));
    const bool again = (fate == Fate::kRetry || fate == Fate::kSlowDown) && tries <= line_.config.retries;
    if (!again) {
      return fail("endpoint {}: {} {}: {}; jobs that were made are known, and the same command continues{}", line_.name,
                  request.method, request.url, said, reply.status == 404 ? " (has this server a Batch API?)" : "");
    }
    clock_.sleep(std::max(backoff(tries, rng), std::min(120.0, retry_after(reply, clock_.utc()))),
                 [this] { return !sender_.may_send().has_value(); });
    if (mark.empty()) continue;
    MOTIVE_ASSIGN(auto found, find(mark));
    if (found) return Called{"", std::move(found)};
  }
}

Result<Json> BatchWire::call_json(HttpRequest request) {
  const std::string url = request.url;
  MOTIVE_ASSIGN(const Called called, call(std::move(request), ""));
  auto json = parse_json(called.body);
  if (!json) return fail("endpoint {}: {} did not answer with JSON", line_.name, url);
  return std::move(*json);
}

Status BatchWire::look_for_api() {
  MOTIVE_TRY(sender_.may_send());
  MOTIVE_ASSIGN(const HttpReply reply, sender_.exchange(line_, get(kLastJobs)));
  if (reply.status != 404 && reply.status != 405 && reply.status != 501) return {};  // other trouble shows where it matters
  return fail("endpoint {}: {} has no Batch API (GET {}: status {}), which `batch: true` needs; leave `batch` out, or take "
              "another endpoint", line_.name, line_.config.base_url, kLastJobs, reply.status);
}

Result<std::string> BatchWire::upload(const std::string& name, const std::string& lines) {
  const std::string boundary = "motive-" + sha256_hex(lines).substr(0, 32);
  HttpRequest request = get("/files");
  request.method = "POST";
  request.timeout = kTransferTimeout;
  request.content_type = "multipart/form-data; boundary=" + boundary;
  request.body = fmt::format("--{0}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                             "--{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{1}\"\r\n"
                             "Content-Type: application/jsonl\r\n\r\n", boundary, name);
  request.body.append(lines).append(fmt::format("\r\n--{}--\r\n", boundary));
  MOTIVE_ASSIGN(const Json json, call_json(std::move(request)));
  std::string id = text_at(json, "id");
  if (id.empty()) return fail("endpoint {}: the server took a file and gave it no id", line_.name);
  return id;
}

Result<BatchJob> BatchWire::create(const std::string& file, const std::string& mark) {
  HttpRequest request = get("/batches");
  request.method = "POST";
  request.body = canonical({{"input_file_id", file},
                            {"endpoint", std::string("/v1") + kChatPath},
                            {"completion_window", "24h"},
                            {"metadata", {{kMark, mark}}}});
  MOTIVE_ASSIGN(Called called, call(std::move(request), mark));
  if (called.found) return std::move(*called.found);
  const auto json = parse_json(called.body);
  BatchJob job = json ? job_of(*json) : BatchJob();
  if (job.id.empty()) return fail("endpoint {}: the server made a batch and gave it no id", line_.name);
  return job;
}

Result<BatchJob> BatchWire::look(const std::string& id) {
  MOTIVE_ASSIGN(const Json json, call_json(get("/batches/" + id)));
  return job_of(json);
}

Result<std::optional<BatchJob>> BatchWire::find(const std::string& mark) {
  MOTIVE_TRY(sender_.may_send());
  MOTIVE_ASSIGN(const HttpReply reply, sender_.exchange(line_, get(kLastJobs)));
  const auto json = parse_json(reply.body);
  const Json& jobs = reply.status == 200 && json ? member_at(*json, "data") : Json();
  for (std::size_t i = 0; jobs.is_array() && i < jobs.size(); ++i) {
    if (text_at(member_at(jobs[i], "metadata"), kMark) == mark) return std::optional(job_of(jobs[i]));
  }
  return std::optional<BatchJob>();
}

Result<std::string> BatchWire::download(const std::string& file) {
  HttpRequest request = get("/files/" + file + "/content");
  request.timeout = kTransferTimeout;
  request.most_bytes = kMostBytes;
  MOTIVE_ASSIGN(Called called, call(std::move(request), ""));
  return std::move(called.body);
}

}  // namespace motive::llm
