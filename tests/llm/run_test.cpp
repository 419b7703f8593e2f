// Experiments that ask a server, through the whole program: what is asked for, what a kill costs, replay elsewhere, budgets,
// and that no key is left anywhere.

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <set>

#include "framework/llm/offline.h"
#include "framework/llm/test_batches.h"
#include "framework/llm/wire.h"
#include "tests/end_to_end/program.h"
#include "tests/llm/server.h"

namespace motive {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKey = "sk-very-secret-0123456789";

/// What the stand-in says, over a socket: valid answers to everything the methods ask.
llm::ServedReply sensible(const llm::ServedRequest& request) {
  llm::EndpointConfig endpoint;
  endpoint.kind = llm::EndpointKind::kOffline;
  const llm::OfflineReply reply = llm::answer_offline(endpoint, llm::kChatPath, request.body);
  Json body = Json::parse(reply.body);
  body["model"] = "scripted-1";
  return {.status = reply.status, .body = body.dump()};
}

struct LlmRun : ::testing::Test {
  explicit LlmRun(llm::ScriptedServer::Script script = sensible) : server(std::move(script)) {}

  Path experiment(const std::string& more = "", const std::string& name = "study") const {
    return place.write(name + ".yaml", fmt::format(R"(experiment: {}
dataset: {{name: tiny-world, world: {{users: 40, items: 90, seed: 7}}}}
endpoints:
  main: {{base_url: "{}", model: scripted, api_key_env: MOTIVE_TEST_KEY, structured: json_schema, connections: 4,
          price: {{input: 1, output: 2, as_of: 2026-01-31}}}}
models:
  - random
  - llm_only: {{endpoint: main}}
  - m_llm3rec: {{mope: {{endpoint: main}}, mote: {{endpoint: main}}, mar: {{endpoint: main}}}}
evaluation: {{candidates: [{{name: few, negatives: 9}}], metrics: [ndcg], topk: [5]}}
{})", name, server.url(), more));
  }
  ProgramResult run(const Path& file, const std::string& out, std::vector<std::string> more = {}, ProgramOptions options = {}) const {
    options.environment.emplace("MOTIVE_TEST_KEY", kKey);
    options.environment.emplace("MOTIVE_CACHE", (place.folder / "cache").string());
    options.environment.emplace("no_proxy", "127.0.0.1");
    std::vector<std::string> words{"run", file.string(), "--out", (place.folder / out).string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_motive(words, options);
  }
  std::set<std::string> bodies() const {
    std::set<std::string> distinct;
    for (const auto& request : server.log()) distinct.insert(request.body);
    return distinct;
  }

  const Workplace place;
  llm::ScriptedServer server;
};

TEST_F(LlmRun, AsksOnceAndReplaysWithoutServerOrKey) {
  const Path file = experiment();
  const auto first = run(file, "out");
  ASSERT_EQ(first.status, 0) << first.err << first.out;
  EXPECT_THAT(first.out, HasSubstr("M-LLM3REC: answers of scripted-1"));
  EXPECT_THAT(first.out, Not(HasSubstr("stand-in")));
  EXPECT_EQ(server.requests(), bodies().size()) << "something was asked twice";
  const std::size_t asked = server.requests();
  const auto again = run(file, "again");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(server.requests(), asked);
  EXPECT_EQ(printed_files(place.folder / "again"), printed_files(place.folder / "out"));

  // Elsewhere: the artefact, no key, no network.
  const std::string artefact = (place.folder / "answers.jsonl.zst").string();
  const auto cache = [&](const std::string& folder, const std::vector<std::string>& words) {
    return run_motive(words, {.environment = {{"MOTIVE_CACHE", (place.folder / folder).string()}}});
  };
  ASSERT_EQ(cache("cache", {"cache", "export", artefact}).status, 0);
  ASSERT_EQ(cache("elsewhere", {"cache", "import", artefact}).status, 0);
  EXPECT_EQ(cache("elsewhere", {"cache", "verify"}).status, 0);
  const auto replay = run(file, "replay", {"--llm", "replay"},
                          {.environment = {{"MOTIVE_CACHE", (place.folder / "elsewhere").string()}, {"MOTIVE_TEST_KEY", ""}}});
  ASSERT_EQ(replay.status, 0) << replay.err;
  EXPECT_EQ(printed_files(place.folder / "replay"), printed_files(place.folder / "out"));
  EXPECT_EQ(server.requests(), asked);
  const auto missing = run(file, "missing", {"--llm", "replay"}, {.environment = {{"MOTIVE_CACHE", (place.folder / "empty").string()}}});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("no such cache of answers"));
  const auto other = run(file, "other", {"--llm", "replay", "--set", "models.llm_only.top=3"});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.err, HasSubstr("--llm live"));
}

TEST_F(LlmRun, TablesOfTheStandInSaySo) {
  const auto result = run(experiment(), "out", {"--set", "models=[random, llm_only, m_llm3rec]"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("a stand-in that is no language model, answered LLM-only, M-LLM3REC"));
  EXPECT_EQ(server.requests(), 0U);
}

TEST_F(LlmRun, NoKeyIsLeftAnywhere) {
  ASSERT_EQ(run(experiment(), "out").status, 0);
  EXPECT_THAT(server.log().front().header("authorization"), HasSubstr(kKey));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_THAT(*read_file(entry.path()), Not(HasSubstr(kKey))) << entry.path();
  }
  EXPECT_GT(files, 20U);
}

TEST_F(LlmRun, AMissingKeyIsToldBeforeAnythingIsAsked) {
  const auto result = run(experiment(), "out", {}, {.environment = {{"MOTIVE_TEST_KEY", ""}}});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("MOTIVE_TEST_KEY is not set"));
  EXPECT_EQ(server.requests(), 0U);
}

TEST_F(LlmRun, ABudgetStopsAndGoesOnWhenItIsRaised) {
  const auto stopped = run(experiment("budget: {calls: 25}\n"), "out");
  EXPECT_EQ(stopped.status, 1);
  EXPECT_THAT(stopped.err, HasSubstr("budget"));
  EXPECT_LE(server.requests(), 25U);
  EXPECT_GT(server.requests(), 10U);
  const auto raised = run(experiment("budget: {calls: 5000, money: 3}\n"), "out");
  EXPECT_EQ(raised.status, 0) << raised.err;
  EXPECT_EQ(server.requests(), bodies().size()) << "what was paid for was asked for again";
}

TEST_F(LlmRun, ConfigurationsThatCannotWorkAreRefusedBeforeAnyCall) {
  const auto refused = [&](const std::string& set, const std::string& words) {
    const auto result = run(experiment(), "out", {"--set", set});
    EXPECT_EQ(result.status, 2) << set;
    EXPECT_THAT(result.err, HasSubstr(words)) << set;
  };
  refused("models.llm_only.endpoint=elsewhere", "endpoints");
  refused("models.llm_only.prompt=/nowhere.mustache", "/nowhere.mustache");
  refused("endpoints.main.price.as_of=yesterday", "YYYY-MM-DD");
  const Path odd = place.write("odd.mustache", "=== system ===\nhello\n=== user ===\n{{histroy}}\n");
  refused("models.llm_only.prompt=" + odd.string(), "histroy");
  const auto unpriced = run(place.write("unpriced.yaml", fmt::format(R"(experiment: unpriced
dataset: {{name: tiny-world, world: {{users: 40, items: 90, seed: 7}}}}
endpoints: {{main: {{base_url: "{}", model: scripted}}}}
budget: {{money: 1}}
models: [{{llm_only: {{endpoint: main}}}}]
)", server.url())), "out");
  EXPECT_EQ(unpriced.status, 2);
  EXPECT_THAT(unpriced.err, HasSubstr("price"));
  EXPECT_EQ(server.requests(), 0U);
}

/// The stand-in with a Batch API, whose jobs have ended when they are looked at.
struct BatchLlmRun : LlmRun {
  static std::shared_ptr<llm::test::BatchServer> make_batches() {
    auto made = std::make_shared<llm::test::BatchServer>();
    const auto body = [](const Json& asked) {
      return sensible({.method = "POST", .path = "", .body = asked.dump(), .headers = {}}).body;
    };
    made->looks_needed = 1;
    made->answer = [body](const Json& asked) { return llm::test::BatchServer::batched(body(asked)); };
    made->chat = [body](const Json& asked) { return llm::test::reply(200, body(asked)); };
    return made;
  }
  static llm::ScriptedServer::Script script_of(std::shared_ptr<llm::test::BatchServer> made) {
    return [made](const llm::ServedRequest& request) -> llm::ServedReply {
      llm::HttpRequest asked;
      asked.method = request.method;
      asked.url = request.path;
      asked.body = request.body;
      const llm::HttpReply reply = (*made)(asked);
      return {.status = reply.status, .body = reply.body};
    };
  }
  explicit BatchLlmRun(std::shared_ptr<llm::test::BatchServer> made = make_batches()) : LlmRun(script_of(made)), batches(made) {}
  std::shared_ptr<llm::test::BatchServer> batches;
};

TEST_F(BatchLlmRun, ByBatchesTheTablesAreTheSame) {
  std::vector<std::string> switches;
  for (const char* place_of : {"llm_only", "m_llm3rec.mope", "m_llm3rec.mote", "m_llm3rec.mar"}) {
    switches.insert(switches.end(), {"--set", fmt::format("models.{}.batch=true", place_of)});
  }
  const auto batched = run(experiment(), "batched", switches);
  ASSERT_EQ(batched.status, 0) << batched.err;
  EXPECT_EQ(batches->chats, 0);
  EXPECT_EQ(batches->jobs.size(), 6U) << "llm_only, traits, profiles, reflections, lists, checks";
  const auto lines = batches->lines();
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size()) << "something was asked twice";
  const std::size_t sent = server.requests();
  auto replay = switches;
  replay.insert(replay.end(), {"--llm", "replay"});
  for (const auto& words : {switches, replay}) {
    const auto again = run(experiment(), "again", words);
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(printed_files(place.folder / "again"), printed_files(place.folder / "batched"));
    std::filesystem::remove_all(place.folder / "again");
  }
  // Asked one by one with the same cache: nothing is lacking, so the requests are the same.
  const auto plain = run(experiment(), "plain");
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(server.requests(), sent);
  const auto table = [&](const std::string& out) { return *read_file(place.folder / out / "table.csv"); };
  EXPECT_EQ(table("plain"), table("batched"));
}

struct SlowLlmRun : LlmRun {
  SlowLlmRun() : LlmRun([](const llm::ServedRequest& request) { return sensible(request).after(0.02); }) {}
};

TEST_F(SlowLlmRun, AKilledRunAsksForNothingTwiceThatItHad) {
  const Path file = experiment();
  constexpr std::size_t kCallers = 6;  // Client::width() of 4 connections; each has at most one answer that is not committed
  std::size_t kills = 0;
  for (const double after : {0.35, 0.5, 0.65}) {
    const auto killed = run(file, "out", {}, {.signal_after = after, .signal = SIGKILL});
    kills += killed.status == 128 + SIGKILL;
  }
  const auto whole = run(file, "out");
  ASSERT_EQ(whole.status, 0) << whole.err;
  EXPECT_GT(kills, 0U);
  // Only what was not yet committed when a run was killed may have been asked for again.
  EXPECT_LE(server.requests(), bodies().size() + kills * kCallers);
  const auto again = run(file, "again");
  EXPECT_EQ(printed_files(place.folder / "again"), printed_files(place.folder / "out"));
}

TEST_F(SlowLlmRun, AnInterruptKeepsWhatIsOnItsWay) {
  const auto interrupted = run(experiment(), "out", {}, {.signal_after = 0.6, .signal = SIGINT});
  EXPECT_EQ(interrupted.status, 130) << interrupted.err;
  const auto whole = run(experiment(), "out");
  ASSERT_EQ(whole.status, 0) << whole.err;
  EXPECT_EQ(server.requests(), bodies().size()) << "an answer that was on its way got lost";
}

}  // namespace
}  // namespace motive
