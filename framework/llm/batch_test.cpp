#include "framework/llm/batch.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "framework/base/temporary_folder.h"
#include "framework/llm/test_transport.h"

namespace motive::llm {
namespace {

using test::ask;
using test::error;
using test::reply;

/// A Batch API in memory. What it does with a line is up to `answer`; a job ends after it was looked at so many times.
struct BatchServer {
  std::map<std::string, std::string> files;
  std::map<std::string, Json> jobs;
  int looks_needed = 2, chats = 0;
  std::string final_status = "completed";
  bool forget_create = false;  // makes the job and breaks the connection
  std::function<void()> on_create;
  std::function<Json(const std::string& prompt)> answer = [](const std::string& prompt) {
    return Json{{"status_code", 200}, {"body", Json::parse(test::says("batch " + prompt).body)}};
  };

  HttpReply operator()(const HttpRequest& request) {
    const auto path = request.url.substr(request.url.find("/v1") + 3);
    if (path == kChatPath) {
      ++chats;
      return test::says("live " + test::prompt_of(request));
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
    return forget_create ? test::failure("reset by the server", true) : reply(200, job.dump());
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
      const Json response = answer(asked["body"]["messages"].back()["content"]);
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
};

struct BatchWorld {
  motive::test::TemporaryFolder folder;
  test::JumpClock clock;
  std::shared_ptr<BatchServer> server = std::make_shared<BatchServer>();
  std::shared_ptr<test::Seen> seen = std::make_shared<test::Seen>();
  CancelFlag cancel;
  Budget budget;

  std::unique_ptr<Client> client(const CancelFlag* flag = nullptr) {
    ClientOptions options;
    options.endpoints = {{"main", test::endpoint()}};
    options.cache = folder.path() / "answers.sqlite";
    options.experiment = "batched";
    options.budget = budget;
    options.clock = &clock;
    options.cancel = flag;
    const auto script = [server = server](const HttpRequest& request, int) { return (*server)(request); };
    auto client = Client::open(options, std::make_unique<test::FakeTransport>(seen, script));
    EXPECT_TRUE(client);
    return std::move(*client);
  }
  static std::function<std::optional<BatchItem>()> prompts(int n) {
    return [n, i = 0]() mutable -> std::optional<BatchItem> {
      if (i >= n) return std::nullopt;
      return BatchItem{"main", ask("prompt " + std::to_string(i++)), 1};
    };
  }
  bool no_files() const {
    return !std::filesystem::exists(folder.path() / "batches") || std::filesystem::is_empty(folder.path() / "batches");
  }
};

TEST(Batch, FillsTheCacheForChat) {
  BatchWorld world;
  auto client = world.client();
  BatchOptions options;
  options.most_lines = 40;
  ASSERT_TRUE(client->chat("main", ask("prompt 3"), 1));
  const auto report = BatchJobs::run(*client, BatchWorld::prompts(100), options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->jobs, 3U);
  EXPECT_EQ(report->known, 1U);
  EXPECT_EQ(report->submitted, 99U);
  EXPECT_EQ(report->answered, 99U);
  EXPECT_EQ(report->lacking, 0U);
  EXPECT_NEAR(report->cost, 99 * 10e-6, 1e-9) << "half of 20e-6 each";
  for (int i = 0; i < 100; ++i) {
    const auto answer = client->chat("main", ask("prompt " + std::to_string(i)), 1);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, (i == 3 ? "live prompt " : "batch prompt ") + std::to_string(i));
  }
  EXPECT_EQ(world.server->chats, 1);
  EXPECT_TRUE(world.no_files());
  EXPECT_EQ(BatchJobs::run(*client, BatchWorld::prompts(100), options)->jobs, 0U);
}

TEST(Batch, ReadsBothFilesHoweverAJobEnds) {
  for (const char* status : {"completed", "expired", "cancelled", "failed"}) {
    BatchWorld world;
    world.server->final_status = status;
    world.server->answer = [](const std::string& prompt) -> Json {
      const int i = std::stoi(prompt.substr(7));
      if (i % 5 == 1) return nullptr;  // expired
      if (i % 5 == 2) return {{"status_code", 400}, {"body", Json::parse(error(400, "never").body)}};
      if (i % 5 == 3) return {{"status_code", 500}, {"body", Json::parse(error(500, "oh").body)}};
      return {{"status_code", 200}, {"body", Json::parse(test::says("batch " + prompt).body)}};
    };
    auto client = world.client();
    const auto report = BatchJobs::run(*client, BatchWorld::prompts(10));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->answered, 4U);
    EXPECT_EQ(report->rejected, 2U);
    EXPECT_EQ(report->lacking, 4U);
    for (int i = 0; i < 10; ++i) {
      const auto answer = client->chat("main", ask("prompt " + std::to_string(i)), 1);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->outcome, i % 5 == 2 ? Outcome::kRejected : Outcome::kOk);
    }
    EXPECT_EQ(world.server->chats, 4) << "what has no result is asked for";
  }
}

TEST(Batch, AnInterruptedRunWaitsForItsJobsAndSendsNothingTwice) {
  BatchWorld world;
  world.server->on_create = [&] { world.cancel.set(); };
  const auto first = BatchJobs::run(*world.client(&world.cancel), BatchWorld::prompts(20));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(world.server->jobs.size(), 1U);
  auto client = world.client();
  const auto second = BatchJobs::run(*client, BatchWorld::prompts(25));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->resumed, 1U);
  EXPECT_EQ(second->pending, 20U);
  EXPECT_EQ(second->submitted, 5U);
  EXPECT_EQ(second->answered, 25U);
  EXPECT_EQ(world.server->jobs.size(), 2U);
  EXPECT_TRUE(world.no_files());
}

TEST(Batch, AJobOfWhichNothingWasHeardIsFoundByItsMark) {
  BatchWorld world;
  world.server->forget_create = true;
  const auto report = BatchJobs::run(*world.client(), BatchWorld::prompts(20));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(world.server->jobs.size(), 1U);
  EXPECT_EQ(report->answered, 20U);

  BatchWorld killed;  // between the server's making it and our noting it
  killed.server->forget_create = true;
  killed.server->on_create = [&] { killed.cancel.set(); };
  ASSERT_FALSE(BatchJobs::run(*killed.client(&killed.cancel), BatchWorld::prompts(20)));
  const auto resumed = BatchJobs::run(*killed.client(), BatchWorld::prompts(20));
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(killed.server->jobs.size(), 1U);
  EXPECT_EQ(resumed->submitted, 0U);
  EXPECT_EQ(resumed->answered, 20U);
}

TEST(Batch, TheBudgetHoldsForWholeFiles) {
  BatchWorld world;
  BatchOptions options;
  options.most_lines = 10;
  world.budget.calls = 5;
  ASSERT_FALSE(BatchJobs::run(*world.client(), BatchWorld::prompts(20), options));
  EXPECT_EQ(world.server->jobs.size(), 0U);
  // Each line may cost 100 tokens of answer, so that two files at a time do not fit; they cost far less.
  world.budget = {};
  world.budget.tokens = 2500;
  const auto report = BatchJobs::run(*world.client(), BatchWorld::prompts(50), options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->answered, 50U);
}

TEST(Batch, AServerWithoutOneIsNamed) {
  BatchWorld world;
  ClientOptions options;
  options.endpoints = {{"main", test::endpoint()}};
  options.cache = world.folder.path() / "answers.sqlite";
  options.clock = &world.clock;
  auto client = Client::open(options, std::make_unique<test::FakeTransport>(
                                          world.seen, [](const HttpRequest&, int) { return error(404, "Not Found"); }));
  const auto report = BatchJobs::run(**client, BatchWorld::prompts(3));
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("Batch API"), std::string::npos) << report.error().message;
}

}  // namespace
}  // namespace motive::llm
