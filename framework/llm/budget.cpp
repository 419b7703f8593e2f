#include "framework/llm/budget.h"

#include <algorithm>
#include <cmath>

namespace motive::llm {
namespace {

constexpr double kUnits = 1e12;
// Of a large cache the sum takes long: at most a thirtieth of the time.
constexpr double kLookUpEvery = 1, kShare = 30;

}  // namespace

std::int64_t to_units(double money) { return std::llround(std::clamp(money, 0.0, 9e6) * kUnits); }
double from_units(std::int64_t units) { return static_cast<double>(units) / kUnits; }

void Reservation::settle(const Charge& paid) {
  if (keeper_ != nullptr) std::exchange(keeper_, nullptr)->settle(most_, paid);
}

void BudgetKeeper::Sum::add(const Charge& charge, int sign) {
  money += sign * to_units(charge.money);
  tokens += sign * charge.tokens;
  calls += sign * charge.calls;
}

BudgetKeeper::BudgetKeeper(Budget budget, std::string experiment, Lookup lookup, const Clock& clock)
    : budget_(std::move(budget)), experiment_(std::move(experiment)), lookup_(std::move(lookup)), clock_(clock) {}

Result<Reservation> BudgetKeeper::reserve(const Charge& most, const std::function<bool()>& give_up) {
  if (budget_.empty()) return Reservation();
  std::unique_lock lock(mutex_);
  Sum wanted;
  wanted.add(most, 1);
  while (true) {
    if (give_up()) return Error{"interrupted; the same command continues", ErrorKind::kCancelled};
    MOTIVE_TRY(look_up(std::max(kLookUpEvery, kShare * took_)));
    if (fits(kept_.plus(since_).plus(reserved_).plus(wanted))) break;
    if (!fits(kept_.plus(since_).plus(wanted))) {
      MOTIVE_TRY(look_up(0));  // what was counted twice would end the run too early
      if (!fits(kept_.plus(since_).plus(wanted))) return reached(kept_.plus(since_), most);
    }
    clock_.wait(settled_, lock, .1);
  }
  reserved_.add(most, 1);
  return Reservation(this, most);
}

void BudgetKeeper::settle(const Charge& most, const Charge& paid) {
  const std::lock_guard lock(mutex_);
  reserved_.add(most, -1);
  since_.add(paid, 1);
  settled_.notify_all();
}

/// Held lock. What was committed but not settled yet counts twice until it is settled: on the safe side.
Status BudgetKeeper::look_up(double not_older) {
  const double now = clock_.now();
  if (!lookup_ || (looked_up_ >= 0 && now - looked_up_ < not_older)) return {};
  MOTIVE_ASSIGN(const Spent spent, lookup_());
  looked_up_ = std::max(now, 0.0);
  took_ = clock_.now() - now;
  kept_ = {to_units(spent.money), spent.tokens, spent.calls};
  since_ = {};
  return {};
}

bool BudgetKeeper::fits(const Sum& sum) const {
  return (!budget_.money || sum.money <= to_units(*budget_.money)) && (!budget_.tokens || sum.tokens <= *budget_.tokens) &&
         (!budget_.calls || sum.calls <= *budget_.calls);
}

Error BudgetKeeper::reached(const Sum& spent, const Charge& most) const {
  std::string what;
  const auto add = [&](const std::string& text) { what += (what.empty() ? "" : "; ") + text; };
  if (budget_.money && spent.money + to_units(most.money) > to_units(*budget_.money)) {
    add(fmt::format("money: spent {:.6g} of {:.6g}, the next request may cost {:.6g}", from_units(spent.money), *budget_.money,
                    most.money));
  }
  if (budget_.tokens && spent.tokens + most.tokens > *budget_.tokens) {
    add(fmt::format("tokens: spent {} of {}, the next request may need {}", spent.tokens, *budget_.tokens, most.tokens));
  }
  if (budget_.calls && spent.calls + most.calls > *budget_.calls) {
    add(fmt::format("calls: spent {} of {}, the next request needs {}", spent.calls, *budget_.calls, most.calls));
  }
  return fail("{}: the budget is reached ({}); every answer so far is kept: raise `budget` and run the same command, it goes on "
              "from here",
              experiment_.empty() ? "this run" : experiment_, what);
}

}  // namespace motive::llm
