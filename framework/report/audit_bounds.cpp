#include <algorithm>

#include "framework/report/audit_parts.h"

namespace motive::audit_parts {
namespace {

/// Cutoffs from < to; from 0: all ranks up to `to`.
struct Span {
  int from, to;
};

/// A metric over a span: both its ends.
struct Increment {
  MetricKind kind{};
  Span span{};
  Number from = nullptr, to = nullptr;

  bool printed() const { return to != nullptr && (span.from == 0 || from != nullptr); }
  double value() const { return to->value - (from != nullptr ? from->value : 0); }
  void add_to(Form& form, double factor) const { form.add(factor, to).add(-factor, from); }
  std::string growth() const {
    return fmt::format("{:.{}f}", value(), std::clamp(std::max(from->decimals, to->decimals), 0, 6));
  }
  /// "HR@5 0.15" from nothing, else "HR's growth 0.1690".
  std::string text() const {
    return span.from == 0 ? titled(kind, span.to) + " " + to->text : fmt::format("{}'s growth {}", title(kind), growth());
  }
  /// The same at the start of a sentence, with "is": "NDCG grows by 0.0190 from @5 to @10,".
  std::string sentence() const {
    if (span.from == 0) return text() + " is";
    return fmt::format("{} grows by {} from @{} to @{},", title(kind), growth(), span.from, span.to);
  }
};

class BoundsCheck {
 public:
  BoundsCheck(const CellNumbers& numbers, CellAudit& out) : numbers_(numbers), out_(out) {}

  /// All pairs of cutoffs, narrow ones first: a pair around one that is violated already says nothing new.
  void run() {
    std::vector<int> marks{0};
    marks.insert(marks.end(), numbers_.cutoffs().begin(), numbers_.cutoffs().end());
    for (std::size_t width = 1; width < marks.size(); ++width) {
      for (std::size_t i = 0; i + width < marks.size(); ++i) check_span({marks[i], marks[i + width]});
    }
    if (const Number mrr = numbers_.find(MetricKind::kMrr, 0)) {
      for (const int k : numbers_.cutoffs()) check_without_cutoff(mrr, k);
    }
  }

 private:
  Increment increment(MetricKind kind, const Span& span) const {
    return {kind, span, span.from > 0 ? numbers_.find(kind, span.from) : nullptr, numbers_.find(kind, span.to)};
  }

  bool reported(const std::string& check, const Span& span) const {
    return std::any_of(reported_.begin(), reported_.end(), [&](const auto& other) {
      return other.first == check && other.second.from >= span.from && other.second.to <= span.to;
    });
  }
  void report(const std::string& check, const Span& span, std::string words) {
    reported_.emplace_back(check, span);
    out_.violations.push_back(std::move(words));
  }

  void check_span(const Span& span) {
    const Increment hr = increment(MetricKind::kHr, span), ndcg = increment(MetricKind::kNdcg, span),
                    mrr = increment(MetricKind::kMrr, span);
    bool ordered = true;
    for (const Increment* one : {&hr, &ndcg, &mrr}) ordered &= check_order(*one);
    if (!ordered) return;
    bool fine = check_pair(hr, ndcg);
    fine &= check_pair(hr, mrr);
    fine &= check_pair(ndcg, mrr);
    if (fine && hr.printed() && ndcg.printed() && mrr.printed() && !reported("hull", span)) check_hull(hr, ndcg, mrr, 0);
  }

  bool check_order(const Increment& one) {
    if (one.span.from == 0 || !one.printed()) return true;
    out_.compared = true;
    const std::string check = fmt::format("order {}", title(one.kind));
    if (reported(check, one.span)) return false;
    Form growth;
    one.add_to(growth, 1);
    if (!growth.is_negative()) return true;
    report(check, one.span, fmt::format("{} {} is below {} {} ({})", titled(one.kind, one.span.to), one.to->text,
                                        titled(one.kind, one.span.from), one.from->text, growth.miss()));
    return false;
  }

  /// What a positive adds to `other` for each unit of `base` falls with its rank: bounds from first and last rank.
  bool check_pair(const Increment& base, const Increment& other) {
    if (!base.printed() || !other.printed()) return true;
    out_.compared = true;
    const Span& span = base.span;
    const std::string check = fmt::format("{} {}", title(base.kind), title(other.kind));
    if (reported(check, span)) return false;
    const double first = weight(other.kind, span.from + 1) / weight(base.kind, span.from + 1);
    const double last = weight(other.kind, span.to) / weight(base.kind, span.to);
    for (const bool below : {true, false}) {
      const double sign = below ? 1 : -1, factor = below ? last : first;
      Form form;
      other.add_to(form, sign);
      base.add_to(form, -sign * factor);
      if (!form.is_negative()) continue;
      const bool plain = factor == 1;
      report(check, span, fmt::format("{} {} {}{}{} ({})", other.sentence(), below ? "below" : "above",
                                      plain ? "" : four_decimals(factor) + " x ", base.text(),
                                      plain ? "" : " = " + four_decimals(factor * base.value()), form.miss()));
      return false;
    }
    return true;
  }

  /// MRR given HR and NDCG: the points (1/log2(r+1), 1/r) lie on a convex curve, so no MRR is above the line from the
  /// first to the last rank, or below a line through two neighbours. beyond: what a user whose positive is not within
  /// the cutoff can still add to `mrr`.
  bool check_hull(const Increment& hr, const Increment& ndcg, const Increment& mrr, double beyond) {
    const int first = hr.span.from + 1, last = hr.span.to;
    if (first == last) return true;
    bool fine = check_line(first, last, true, hr, ndcg, mrr, beyond);
    for (int r = first; r < last && fine; ++r) fine = check_line(r, r + 1, false, hr, ndcg, mrr, beyond);
    return fine;
  }

  /// Ranks r and s on one line: mrr against base x hr + slope x ndcg.
  bool check_line(int r, int s, bool above, const Increment& hr, const Increment& ndcg, const Increment& mrr,
                  double beyond) {
    const double slope = (1.0 / r - 1.0 / s) / (discount(r) - discount(s));
    const double base = 1.0 / r - slope * discount(r);
    const double sign = above ? -1 : 1, spare = above ? beyond : 0;
    Form form(spare);
    mrr.add_to(form, sign);
    ndcg.add_to(form, -sign * slope);
    hr.add_to(form, -sign * base - spare);
    if (!form.is_negative()) return true;
    report("hull", hr.span, fmt::format("{} too {} for {} with {} ({})", mrr.sentence(), above ? "large" : "small", hr.text(),
                                        ndcg.text(), form.miss()));
    return false;
  }

  /// Ranks beyond k add between 0 and 1 / (k+1) to MRR for each user without a hit.
  void check_without_cutoff(Number mrr, int k) {
    const std::string what = "MRR " + mrr->text;
    const Number hr = numbers_.find(MetricKind::kHr, k), cut = numbers_.find(MetricKind::kMrr, k);
    out_.compared |= hr != nullptr || cut != nullptr;
    if (const Form form = Form().add(1, mrr).add(-1, cut); cut != nullptr && form.is_negative()) {
      out_.violations.push_back(fmt::format("{} is below {} {} ({})", what, titled(MetricKind::kMrr, k), cut->text,
                                            form.miss()));
      return;
    }
    if (hr == nullptr) return;
    const double beyond = 1.0 / (k + 1);
    const std::string hits = titled(MetricKind::kHr, k) + " " + hr->text;
    const Form low = Form().add(1, mrr).add(-1.0 / k, hr), high = Form(beyond).add(1 - beyond, hr).add(-1, mrr);
    if (low.is_negative()) {
      out_.violations.push_back(fmt::format("{} is below {} / {} = {} ({})", what, hits, k, four_decimals(hr->value / k),
                                            low.miss()));
    } else if (high.is_negative()) {
      out_.violations.push_back(fmt::format("{} is above {}, the most with {} and all others at rank {} ({})", what,
                                            four_decimals(hr->value + beyond * (1 - hr->value)), hits, k + 1, high.miss()));
    } else if (const Number ndcg = numbers_.find(MetricKind::kNdcg, k); ndcg != nullptr && !reported("hull", {0, k})) {
      Increment whole{MetricKind::kMrr, {0, 0}, nullptr, mrr};
      check_hull({MetricKind::kHr, {0, k}, nullptr, hr}, {MetricKind::kNdcg, {0, k}, nullptr, ndcg}, whole, beyond);
    }
  }

  const CellNumbers& numbers_;
  CellAudit& out_;
  std::vector<std::pair<std::string, Span>> reported_;
};

}  // namespace

void check_bounds(const CellNumbers& numbers, CellAudit& out) { BoundsCheck(numbers, out).run(); }

}  // namespace motive::audit_parts
