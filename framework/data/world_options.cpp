#include "framework/data/world.h"

namespace motive {

const config::Table<WorldOptions>& WorldOptions::table() {
  using W = WorldOptions;
  using config::range;
  static const auto kTable =
      config::Table<W>("world")
          .field("users", &W::users, "number of users", range(1, 100'000'000))
          .field("items", &W::items, "number of items", range(2, 10'000'000))
          .field("events_per_user", &W::events_per_user,
                 "mean number of events a user; the spread is wide", range(1, 10'000))
          .field("min_events", &W::min_events, "least number of events a user", range(1, 10'000))
          .field("seed", &W::seed, "another seed, another world")
          .field("fit", &W::fit, "weight of the fit of motivations and traits in a choice",
                 range(0, 20))
          .field("interest", &W::interest, "weight of the interest in the item's category",
                 range(0, 20))
          .field("popularity", &W::popularity,
                 "weight of popularity (exponent of Zipf's law where noise is 1)", range(0, 3))
          .field("noise", &W::noise, "scale of the Gumbel noise of a choice", range(0.25, 10))
          .field("rating_fit", &W::rating_fit, "weight of the fit in a rating", range(0, 20))
          .field("rating_noise", &W::rating_noise, "standard deviation of the noise of a rating",
                 range(0, 10))
          .field("text_noise", &W::text_noise, "share of sentences about a trait drawn at random",
                 range(0, 1))
          .field("sentences", &W::sentences, "mean number of sentences on traits in a description",
                 range(1, 30))
          .field("repeats", &W::repeats, "share of events that repeat an item the user had",
                 range(0, 0.9))
          .field("same_day", &W::same_day, "share of events on the day of the event before",
                 range(0, 1))
          .field("released_at_start", &W::released_at_start,
                 "share of items there from the first day", range(0.05, 1))
          .field("days", &W::days, "length of the story in days, from 2019-01-01", range(30, 7300))
          .check([](const W& options) { return options.contradiction(); });
  return kTable;
}

std::string WorldOptions::contradiction() const {
  if (events_per_user < static_cast<double>(min_events)) {
    return fmt::format("events_per_user ({}) must be at least min_events ({})", events_per_user,
                       min_events);
  }
  const double at_start = static_cast<double>(items) * released_at_start;
  if (events_per_user > at_start / 4) {
    return fmt::format(
        "events_per_user ({}) must be at most a quarter of the {} items of the first day (items * "
        "released_at_start)",
        events_per_user, static_cast<std::int64_t>(at_start));
  }
  return "";
}

WorldEstimate estimate_world(const WorldOptions& options) {
  WorldEstimate estimate;
  const auto users = static_cast<std::uint64_t>(options.users),
             items = static_cast<std::uint64_t>(options.items);
  estimate.events =
      static_cast<std::uint64_t>(static_cast<double>(options.users) * options.events_per_user);
  // Columns grow by doubling: up to twice their size, and the old one beside the new one while
  // copying.
  const std::uint64_t text = 40 + 50 * static_cast<std::uint64_t>(options.sentences + 2);
  estimate.memory_bytes = 60 * estimate.events + 200 * users + (300 + 2 * text) * items;
  return estimate;
}

}  // namespace motive
