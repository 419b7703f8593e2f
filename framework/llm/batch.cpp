#include "framework/llm/batch.h"

#include <algorithm>

#include "framework/base/console.h"
#include "framework/base/hash.h"
#include "framework/llm/batch_run.h"
#include "framework/llm/client_state.h"
#include "framework/llm/parse_json.h"

namespace motive::llm {
namespace {

constexpr std::size_t kHash = 64;
const std::string kBefore = R"({"custom_id":")", kBetween = R"(","method":"POST","url":"/v1/chat/completions","body":)";

/// Hash and body of each line that line_of() wrote.
template <class F>
void for_lines(std::string_view lines, const F& each) {
  for (std::size_t end = 0; !lines.empty(); lines.remove_prefix(std::min(lines.size(), end + 1))) {
    end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    const std::size_t head = kBefore.size() + kHash + kBetween.size();
    if (line.size() > head) each(line.substr(kBefore.size(), kHash), line.substr(head, line.size() - head - 1));
  }
}

std::string line_of(const std::string& hash, const std::string& body) { return kBefore + hash + kBetween + body + "}\n"; }

}  // namespace

Status BatchRun::resume(const std::map<std::string, Line*>& lines) {
  MOTIVE_ASSIGN(auto jobs, setting_.cache.batches());
  for (auto& [id, state] : jobs) {
    const auto line = lines.find(text_at(state, "endpoint_id"));
    const bool ours = text_at(state, "experiment") == setting_.sender.experiment() && line != lines.end();
    if (ours && text_at(state, "stage") != "done") MOTIVE_TRY(resume_one(*line->second, id, std::move(state)));
  }
  return {};
}

Status BatchRun::resume_one(Line& line, const std::string& id, Json state) {
  const auto requests = read_file(file_of(state));
  std::string job = id;
  if (text_at(state, "stage") == "sending") {  // did the server make it?
    MOTIVE_ASSIGN(const auto found, BatchWire(setting_.sender, line, setting_.clock).find(text_at(state, "mark")));
    if (found) {
      job = found->id;
      MOTIVE_TRY(note(job, state, "made"));
    }
    MOTIVE_TRY(note(id, state, "done"));
    if (!found) return {};  // its requests are sent anew
  }
  if (!requests) {
    Console::instance().warning(fmt::format("the batch {} cannot be read any more: {}", job, requests.error().message));
    return note(job, std::move(state), "done");
  }
  for_lines(*requests, [&](std::string_view hash, std::string_view) {
    taken_.emplace(hash);
    ++report_.pending;
  });
  ++report_.resumed;
  auto reserved = reserve({state.value("money", 0.0), state.value("tokens", std::int64_t{0}), state.value("lines", 0)});
  open_.push_back({&line, job, std::move(state), reserved ? std::move(*reserved) : Reservation()});
  return {};
}

Status BatchRun::add(Line& line, const CacheKey& key, std::int64_t max_tokens) {
  const std::string hash = key.hash();
  if (!taken_.insert(hash).second) return {};
  std::string text = line_of(hash, key.body);
  const Place place{&line, key.sample};
  BatchFile& file = files_[place];
  if (file.count > 0 && (file.count >= options_.most_lines || file.lines.size() + text.size() > options_.most_bytes)) {
    MOTIVE_TRY(submit(place, std::exchange(file, {})));
  }
  Usage most;
  most.prompt = estimate_tokens(key.body);
  most.completion = max_tokens;
  file.most.money += cost_of(most, line.config) * options_.share;
  file.most.tokens += most.prompt + most.completion;
  ++file.most.calls;
  ++file.count;
  file.lines += text;
  return {};
}

Status BatchRun::finish() {
  for (auto& [place, file] : std::exchange(files_, {})) {
    if (file.count > 0) MOTIVE_TRY(submit(place, std::move(file)));
  }
  while (!open_.empty()) MOTIVE_TRY(wait_for_one());
  return {};
}

Status BatchRun::note(const std::string& id, Json state, const char* stage) {
  state["stage"] = stage;
  return setting_.cache.put_batch(id, state);
}

/// Tries once: who else holds a reservation may be this run itself.
Result<Reservation> BatchRun::reserve(const Charge& most) {
  return setting_.sender.budget().reserve(most, [tries = 0]() mutable { return tries++ > 0; });
}

Status BatchRun::submit(const Place& place, BatchFile file) {
  Line& line = *place.first;
  auto reserved = reserve(file.most);
  while (!reserved && reserved.error().kind == ErrorKind::kCancelled) {
    MOTIVE_TRY(setting_.sender.may_send());
    if (!open_.empty()) MOTIVE_TRY(wait_for_one());
    reserved = reserve(file.most);
  }
  if (!reserved) return reserved.error();
  const std::string mark = sha256_hex(file.lines).substr(0, 32);
  const Json state = {{"endpoint_id", line.endpoint_id}, {"experiment", setting_.sender.experiment()}, {"mark", mark},
                      {"sample", place.second},          {"lines", file.count},                        {"money", file.most.money},
                      {"tokens", file.most.tokens}};
  MOTIVE_TRY(write_file_atomic(file_of(state), file.lines));
  const std::string sending = "sending " + mark;
  MOTIVE_TRY(note(sending, state, "sending"));
  BatchWire wire(setting_.sender, line, setting_.clock);
  MOTIVE_ASSIGN(const std::string uploaded, wire.upload(mark + ".jsonl", file.lines));
  MOTIVE_ASSIGN(const BatchJob job, wire.create(uploaded, mark));
  MOTIVE_TRY(note(job.id, state, "made"));
  MOTIVE_TRY(note(sending, state, "done"));
  report_.submitted += file.count;
  ++report_.jobs;
  open_.push_back({&line, job.id, state, std::move(*reserved)});
  return {};
}

/// Looks at the open jobs in turn until one of them has ended, and keeps its results.
Status BatchRun::wait_for_one() {
  while (true) {
    for (std::size_t i = 0; i < open_.size(); ++i) {
      MOTIVE_ASSIGN(const BatchJob job, BatchWire(setting_.sender, *open_[i].line, setting_.clock).look(open_[i].id));
      if (!job.ended()) continue;
      std::swap(open_[i], open_.front());
      MOTIVE_TRY(collect(open_.front(), job));
      open_.pop_front();
      return {};
    }
    MOTIVE_TRY(setting_.sender.may_send());
    say_what_is_waited_for();
    setting_.clock.sleep(options_.look_every, [this] { return !setting_.sender.may_send().has_value(); });
    MOTIVE_TRY(setting_.sender.may_send());
  }
}

void BatchRun::say_what_is_waited_for() const {
  std::uint64_t answers = 0;
  for (const Open& open : open_) answers += open.state.value("lines", std::uint64_t{0});
  const std::string text = fmt::format("waits for {} batches with {} answers, within a day", open_.size(), format_count(answers));
  options_.progress ? options_.progress->update(0, 0, text) : Console::instance().status(0, text, -1);
}

Status BatchRun::collect(Open& open, const BatchJob& job) {
  MOTIVE_ASSIGN(const std::string requests, read_file(file_of(open.state)));
  BatchWire wire(setting_.sender, *open.line, setting_.clock);
  std::unordered_set<std::string> seen;
  Charge paid;
  for (const std::string& file : {job.output_file, job.error_file}) {
    if (file.empty()) continue;
    MOTIVE_ASSIGN(const std::string results, wire.download(file));
    MOTIVE_ASSIGN(const Charge part, keep_results(open, requests, results, seen));
    paid.money += part.money;
    paid.tokens += part.tokens;
    paid.calls += part.calls;
  }
  MOTIVE_TRY(setting_.cache.flush());
  MOTIVE_TRY(note(open.id, open.state, "done"));
  std::error_code ignored;
  std::filesystem::remove(file_of(open.state), ignored);
  open.reserved.settle(paid);
  report_.cost += paid.money;
  const auto lines = open.state.value("lines", std::uint64_t{0});
  const std::uint64_t lacking = lines - std::min<std::uint64_t>(lines, seen.size());
  report_.lacking += lacking;
  if (lacking > 0) {
    Console::instance().note(fmt::format("batch {} ended as {}{}: {} of {} requests have no result", open.id, job.status,
                                         job.problem.empty() ? "" : " (" + job.problem + ")", lacking, lines));
  }
  return {};
}

/// Keeps what lines of a result file say; seen: the hashes of those that were kept.
Result<Charge> BatchRun::keep_results(Open& open, const std::string& requests, const std::string& results,
                                      std::unordered_set<std::string>& seen) {
  std::map<std::string_view, std::string_view> bodies;
  for_lines(requests, [&](std::string_view hash, std::string_view body) { bodies.emplace(hash, body); });
  Charge paid;
  std::string_view rest = results;
  for (std::size_t end = 0; !rest.empty(); rest.remove_prefix(std::min(rest.size(), end + 1))) {
    end = std::min(rest.find('\n'), rest.size());
    const auto json = parse_json(rest.substr(0, end));
    if (!json) continue;
    const std::string hash = text_at(*json, "custom_id");
    const Json& response = member_at(*json, "response");
    const auto asked = bodies.find(hash);
    const Json& code = member_at(response, "status_code");
    if (asked == bodies.end() || !code.is_number_integer() || seen.count(hash) > 0) continue;
    StoredAnswer stored;
    stored.status = code.get<int>();
    stored.body = canonical(member_at(response, "body"));
    const Fate fate = fate_of(stored.status, stored.body);
    if (fate != Fate::kAnswer && fate != Fate::kRejected && fate != Fate::kTooLong) continue;
    const auto sample = open.state.value("sample", std::uint64_t{1});
    const CacheKey key{std::string(asked->second), open.line->endpoint_id, kChatPath, sample, 0};
    if (key.hash() != hash) continue;
    if (fate == Fate::kAnswer) {
      const ChatAnswer chat = read_chat(stored.body, 0);
      stored.usage = chat.usage;
      if (!chat.usage.reported) stored.usage.prompt = estimate_tokens(key.body);
      stored.cost = cost_of(stored.usage, open.line->config) * options_.share;
      stored.model = chat.model;
      paid.money += stored.cost;
      paid.tokens += stored.usage.prompt + stored.usage.completion;
      ++paid.calls;
    }
    stored.received = utc_text(setting_.clock.utc());
    AttemptRecord attempt;
    attempt.key_hash = hash;
    attempt.experiment = setting_.sender.experiment();
    attempt.module = "batch";
    attempt.status = stored.status;
    attempt.usage = stored.usage;
    attempt.cost = stored.cost;
    MOTIVE_TRY(setting_.cache.store(key, stored, attempt, false, false));
    ++(fate == Fate::kAnswer ? report_.answered : report_.rejected);
    seen.insert(hash);
  }
  return paid;
}

}  // namespace motive::llm
