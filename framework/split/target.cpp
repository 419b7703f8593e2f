#include "framework/split/target.h"

namespace motive {

std::string target_rule_name(TargetRule rule) {
  switch (rule) {
    case TargetRule::kLast: return "last";
    case TargetRule::kLastRatedAbove: return "last_rated_above";
    case TargetRule::kHighestRated: return "highest_rated";
    case TargetRule::kNext: return "next";
    case TargetRule::kNextRatedAbove: return "next_rated_above";
  }
  return "";
}

std::string describe_target(const Target& target, const std::string& event) {
  switch (target.rule) {
    case TargetRule::kLast: return "the user's last " + event;
    case TargetRule::kLastRatedAbove: return fmt::format("the user's last {} rated above {}", event, target.rating);
    case TargetRule::kHighestRated: return fmt::format("the user's highest rated {} (ties: the latest)", event);
    case TargetRule::kNext: return "the next " + event;
    case TargetRule::kNextRatedAbove: return fmt::format("the next {} rated above {}", event, target.rating);
  }
  return "";
}

Status check_target(const PreparedData& data, const Target& target) {
  if (!target.needs_ratings() || !data.events().ratings.empty()) return {};
  return invalid("split: this data set has no ratings, which the target rule `{}` needs; use `target: last` (user_cold: "
                 "`target: next`)", target_rule_name(target.rule));
}

}  // namespace motive
