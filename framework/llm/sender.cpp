#include "framework/llm/sender.h"

#include <cstdlib>

#include "framework/base/console.h"

namespace motive::llm {
namespace {

constexpr int kMostBrokenInARow = 5, kNoteEvery = 10;

Charge most_of(const Line& line, const Parcel& parcel) {
  Usage usage;
  usage.prompt = parcel.prompt_tokens;
  usage.completion = parcel.most_completion;
  return {cost_of(usage, line.config), usage.prompt + usage.completion, parcel.calls};
}

Error interrupted() { return {"interrupted; the same command continues", ErrorKind::kCancelled}; }

}  // namespace

Line::Line(std::string line_name, EndpointConfig line_config, const Clock& clock)
    : name(std::move(line_name)),
      endpoint_id(canonical(line_config.identity())),
      config(std::move(line_config)),
      gate(config.connections, config.requests_per_minute, config.tokens_per_minute, clock),
      last_answer(-1e9) {}

Result<std::string> api_key(const Line& line) {
  if (line.config.api_key_env.empty()) return std::string();
  const char* key = std::getenv(line.config.api_key_env.c_str());
  if (key != nullptr && *key != '\0') return std::string(key);
  return invalid("endpoint {}: the environment variable {} is not set; it holds the key of {}", line.name,
                 line.config.api_key_env, line.config.base_url);
}

Sender::Sender(Parts parts, std::unique_ptr<Transport> transport)
    : parts_(std::move(parts)),
      budget_(parts_.budget, parts_.experiment,
              parts_.cache == nullptr ? BudgetKeeper::Lookup() : [this] { return parts_.cache->spent(parts_.experiment); },
              *parts_.clock),
      transport_(std::move(transport)) {}

Status Sender::may_send() const {
  if (cancelled()) return interrupted();
  if (!stopped_.load()) return {};
  const std::lock_guard lock(stop_mutex_);
  return *stop_error_;
}

/// The first error that ends the run is the one that everybody gets.
Error Sender::stop(Error error) {
  const std::lock_guard lock(stop_mutex_);
  if (!stop_error_) stop_error_ = std::move(error);
  stopped_.store(true);
  return *stop_error_;
}

Result<Transport*> Sender::transport() {
  const std::lock_guard lock(transport_mutex_);
  if (!transport_) {
    MOTIVE_ASSIGN(transport_, make_curl_transport());
  }
  return transport_.get();
}

Result<HttpReply> Sender::exchange(Line& line, HttpRequest request) {
  MOTIVE_ASSIGN(request.api_key, api_key(line));
  MOTIVE_ASSIGN(Transport * transport, this->transport());
  HttpReply reply = transport->exchange(request, nullptr);
  scrub(reply, request.api_key);
  return reply;
}

struct Sender::Course {
  Line& line;
  const Parcel& parcel;
  const Keep& keep;
  Retries retries;
  double first_try = -1, last_try = -1;  // when it was sent
  Delivered delivered{};
  Verdict verdict{};
  std::int64_t most_tokens() const { return parcel.prompt_tokens + parcel.most_completion; }
};

Result<Delivered> Sender::deliver(Line& line, const Parcel& parcel, const Keep& keep) {
  const std::uint64_t seed = std::strtoull(parcel.key_hash.substr(0, 16).c_str(), nullptr, 16);
  Course course{line, parcel, keep, Retries(line.config.retries, seed)};
  while (true) {
    MOTIVE_TRY(try_once(course));
    const Step step = course.verdict.step;
    if (step == Step::kKeep || step == Step::kBroken) return std::move(course.delivered);
    if (step != Step::kAgain) return stop(end_of_run(course));
    parts_.tally->retried();
    parts_.clock->sleep(course.verdict.wait, [this] { return gives_up(); });
  }
}

/// Waits for the budget and the limits. An error of the budget ends the run.
Result<Reservation> Sender::be_admitted(const Course& course) {
  const auto give_up = [this] { return gives_up(); };
  MOTIVE_TRY(may_send());
  MOTIVE_TRY(api_key(course.line));
  auto reserved = budget_.reserve(most_of(course.line, course.parcel), give_up);
  if (!reserved) {
    MOTIVE_TRY(may_send());
    return stop(reserved.error());
  }
  if (!course.line.gate.admit(course.most_tokens(), give_up)) {
    MOTIVE_TRY(may_send());
    return interrupted();
  }
  return reserved;
}

Status Sender::try_once(Course& course) {
  Line& line = course.line;
  MOTIVE_ASSIGN(Reservation reserved, be_admitted(course));
  HttpRequest request;
  request.url = line.config.base_url + course.parcel.path;
  request.body = course.parcel.body;
  request.timeout = line.config.timeout;
  const double before = std::exchange(course.last_try, parts_.clock->now());
  if (course.first_try < 0) course.first_try = course.last_try;
  auto reply = exchange(line, std::move(request));
  if (!reply) {
    line.gate.finish(Ended::kFailed, {});
    return stop(reply.error());
  }
  course.delivered.reply = std::move(*reply);
  const double last = line.last_answer.load();
  const Others others{last > (before < 0 ? course.last_try : before), parts_.clock->now() - std::max(course.first_try, last)};
  course.verdict = course.retries.judge(course.delivered.reply, parts_.clock->utc(), others);
  leave_the_gate(course);  // before it is committed: another may be sent meanwhile
  const Status kept = keep_what_came(course);

  const AttemptRecord& attempt = course.delivered.attempt;
  const std::int64_t used = attempt.usage.prompt + attempt.usage.completion;
  const bool slow = course.verdict.fate == Fate::kSlowDown;  // which the server may have counted by its prompt
  line.gate.give_back(course.most_tokens() - (slow ? course.parcel.prompt_tokens : used));
  parts_.tally->tried(course.delivered.reply.seconds, course.verdict.step == Step::kKeep, attempt.usage, attempt.cost);
  // As the cache counts calls: those that were answered, or may have been billed.
  const bool counts = attempt.possibly_billed || (attempt.status >= 200 && attempt.status < 300);
  reserved.settle({attempt.cost, used, counts ? course.parcel.calls : 0});
  if (!kept) return stop(kept.error());
  return {};
}

void Sender::leave_the_gate(const Course& course) {
  Line& line = course.line;
  const bool slow = course.verdict.fate == Fate::kSlowDown, answered = course.verdict.step == Step::kKeep;
  const Ended ended = answered ? Ended::kAnswered : slow ? Ended::kSlowedDown : Ended::kFailed;
  const bool cut = line.gate.finish(ended, course.delivered.reply);
  if (slow) parts_.tally->slowed_down();
  if (cut && line.notes.fetch_add(1) % kNoteEvery == 0) {
    Console::instance().note(fmt::format("endpoint {}: {}; at most {} requests at a time from here", line.name,
                                         course.verdict.failure, line.gate.limit()));
  }
}

/// Commits the answer, or records the try. A request that may have been billed counts as the most that it can cost.
Status Sender::keep_what_came(Course& course) {
  Verdict& verdict = course.verdict;
  Line& line = course.line;
  Delivered& delivered = course.delivered;
  delivered.attempt = {.key_hash = course.parcel.key_hash, .experiment = parts_.experiment, .module = course.parcel.module,
                       .status = delivered.reply.status, .failure = verdict.failure, .possibly_billed = verdict.possibly_billed,
                       .headers = kept_headers(delivered.reply), .usage = {}, .cost = 0, .seconds = delivered.reply.seconds};
  delivered.fate = verdict.fate;
  if (verdict.possibly_billed) {
    parts_.tally->possibly_billed();
    delivered.attempt.usage.prompt = course.parcel.prompt_tokens;
    delivered.attempt.usage.completion = course.parcel.most_completion;
    delivered.attempt.cost = cost_of(delivered.attempt.usage, line.config);
  }
  if (verdict.step == Step::kKeep) {
    const Status kept = course.keep(delivered);
    line.last_answer.store(parts_.clock->now());
    line.broken_in_a_row.store(0);
    return kept;
  }
  if (verdict.step == Step::kGiveUp && verdict.fate == Fate::kRetry && alive(line)) {
    verdict.step = Step::kBroken;
  }
  // A server that fails on everything looks the same to each request: then it is not the requests.
  if (verdict.step == Step::kBroken && line.broken_in_a_row.fetch_add(1) >= kMostBrokenInARow) verdict.step = Step::kGiveUp;
  delivered.broken = verdict.step == Step::kBroken;
  if (!delivered.broken) return parts_.cache == nullptr ? Status() : parts_.cache->record(delivered.attempt);
  Console::instance().warning(fmt::format("endpoint {}, module {}: one request fails again and again and is left aside ({})",
                                          line.name, course.parcel.module, verdict.failure));
  return course.keep(delivered);
}

/// Whether the server answers something that is no model's work: then it is the request's fault.
bool Sender::alive(Line& line) {
  HttpRequest request;
  request.method = "GET";
  request.url = line.config.base_url + "/models";
  request.timeout = 10;
  const auto reply = exchange(line, std::move(request));
  return reply && reply->status == 200;
}

Error Sender::end_of_run(const Course& course) const {
  const std::string kept = "every answer so far is kept, and the same command continues from here";
  const Line& line = course.line;
  const std::string& failure = course.verdict.failure;
  if (course.verdict.step == Step::kStop) {
    const int status = course.delivered.reply.status;
    const bool address = (status >= 300 && status < 400) || status == 404 || status == 405;
    const char* advice = address                           ? "see to `base_url` and `model`"
                         : line.config.api_key_env.empty() ? "see whether it wants a key (`api_key_env`)"
                                                           : "see to the key, its rights and its quota";
    return fail("endpoint {} ({}) will not answer: {}; {}; {}", line.name, line.config.base_url, failure, advice, kept);
  }
  if (line.broken_in_a_row.load() > kMostBrokenInARow) {
    return fail("endpoint {} ({}) failed on more than {} requests in a row, the last with {}; see to the server; {}", line.name,
                line.config.base_url, kMostBrokenInARow, failure, kept);
  }
  return fail("endpoint {} ({}) does not answer: module {}, {} tries, the last with {}; see whether the server runs; {}",
              line.name, line.config.base_url, course.parcel.module, course.retries.tries(), failure, kept);
}

}  // namespace motive::llm
