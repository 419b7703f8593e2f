#pragma once
// For tests: a server with a Batch API in memory.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "framework/llm/batch.h"
#include "framework/llm/test_client.h"

namespace motive::llm::test {

/// What it does with a line is up to `answer`; a job ends after it was looked at so many times.
struct BatchServer {
  std::map<std::string, std::string> files;
  std::map<std::string, Json> jobs;
  int looks_needed = 2, chats = 0;
  std::string final_status = "completed";
  bool forget_create = false;  // makes the job and breaks the connection
  std::function<void()> on_create;
  /// Of a line: {"status_code", "body"}, or null: it has expired.
  std::function<Json(const Json& asked)> answer = [](const Json& asked) { return batched(says("batch " + words(asked)).body); };
  std::function<HttpReply(const Json& asked)> chat = [](const Json& asked) { return says("live " + words(asked)); };

  static std::string words(const Json& asked) { return asked["messages"].back()["content"]; }
  static Json batched(const std::string& body) { return {{"status_code", 200}, {"body", Json::parse(body)}}; }

  HttpReply operator()(const HttpRequest& request) {
    const auto path = request.url.substr(request.url.find("/v1") + 3);
    if (path == kChatPath) {
      ++chats;
      return chat(Json::parse(request.body));
    }
    if (path == "/files") return upload(request);
    if (path == "/batches" && request.method == "POST") return create(Json::parse(request.body));
    if (path == "/batches?limit=100") {
      Json all = Json::array();
      for (const auto& entry : jobs) all.push_back(entry.second);
      return reply(200, Json({{"data", all}}).dump());
    }
    if (path.starts_with("/batches/")) return look(path.substr(9));
    if (path.starts_with("/files/")) return reply(200, files.at(path.substr(7, path.size() - 7 - 8)));
    return error(404, "no such path");
  }
  HttpReply upload(const HttpRequest& request) {
    const auto begin = request.body.find("jsonl\r\n\r\n") + 9, end = request.body.rfind("\r\n--");
    const std::string id = "file-" + std::to_string(files.size());
    files[id] = request.body.substr(begin, end - begin);
    EXPECT_NE(request.body.find("name=\"purpose\"\r\n\r\nbatch\r\n"), std::string::npos);
    return reply(200, Json({{"id", id}}).dump());
  }
  HttpReply create(Json job) {
    EXPECT_EQ(job["completion_window"], "24h");
    job["id"] = "batch-" + std::to_string(jobs.size());
    job["status"] = "validating";
    job["looks"] = 0;
    jobs[job["id"]] = job;
    if (on_create) on_create();
    return forget_create ? failure("reset by the server", true) : reply(200, job.dump());
  }
  HttpReply look(const std::string& id) {
    Json& job = jobs.at(id);
    job["looks"] = job["looks"].get<int>() + 1;
    if (job["looks"] >= looks_needed && !job.contains("output_file_id")) end(id, job);
    return reply(200, job.dump());
  }
  void end(const std::string& id, Json& job) {
    std::string good, bad, line;
    std::istringstream lines(files.at(job["input_file_id"]));
    std::set<std::string> ids;
    while (std::getline(lines, line)) {
      const Json asked = Json::parse(line);
      EXPECT_TRUE(ids.insert(asked["custom_id"]).second) << "unique";
      const Json response = answer(asked["body"]);
      if (response.is_null()) {
        const Json expired = {{"custom_id", asked["custom_id"]}, {"response", nullptr}, {"error", {{"code", "batch_expired"}}}};
        bad.insert(0, expired.dump() + "\n");
        continue;
      }
      const Json result = {{"custom_id", asked["custom_id"]}, {"response", response}, {"error", nullptr}};
      (response["status_code"] == 200 ? good : bad).insert(0, result.dump() + "\n");  // in another order
    }
    job["status"] = final_status;
    job["output_file_id"] = good.empty() ? "" : "out-" + id;
    job["error_file_id"] = bad.empty() ? Json(nullptr) : Json("err-" + id);
    files["out-" + id] = good;
    files["err-" + id] = bad;
  }
  /// Bodies of all lines that came, of every file.
  std::multiset<std::string> lines() const {
    std::multiset<std::string> all;
    for (const auto& [id, job] : jobs) {
      std::istringstream in(files.at(job["input_file_id"].get<std::string>()));
      for (std::string line; std::getline(in, line);) all.insert(Json::parse(line)["body"].dump());
    }
    return all;
  }
};

/// A cache, and clients of one server, "main".
struct BatchWorld : ClientWorld {
  std::shared_ptr<BatchServer> server = std::make_shared<BatchServer>();
  std::mutex serving;
  CancelFlag cancel;

  std::unique_ptr<Client> client(const CancelFlag* flag = nullptr, Mode mode = Mode::kLive) {
    const auto script = [this](const HttpRequest& request, int) {
      const std::lock_guard lock(serving);
      return (*server)(request);
    };
    return ClientWorld::client(script, mode, flag);
  }
  bool no_files() const {
    return !std::filesystem::exists(folder.path() / "batches") || std::filesystem::is_empty(folder.path() / "batches");
  }
};

}  // namespace motive::llm::test
