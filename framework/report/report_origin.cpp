#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "framework/base/console.h"
#include "framework/report/report_parts.h"

namespace motive::page {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string words(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

/// A number with thousands, a text as it is, nothing where it is absent.
std::string plain(const Json& value) {
  if (value.is_number_unsigned()) return with_thousands(value.get<std::uint64_t>());
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "" : value.dump();
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

using Certificates = std::vector<const SplitCertificate*>;

/// Certificates of one data set and split, in the order of the experiment.
std::vector<Certificates> grouped(const Grid& grid, const RunRecord& record) {
  std::vector<Certificates> groups;
  std::set<const SplitCertificate*> taken;
  const auto take = [&](const auto& belongs) {
    Certificates group;
    for (const SplitCertificate& c : record.certificates) {
      if (!taken.count(&c) && belongs(c)) group.push_back(&c);
    }
    taken.insert(group.begin(), group.end());
    if (!group.empty()) groups.push_back(std::move(group));
  };
  for (const DatasetInfo& dataset : grid.datasets) {
    for (const SplitInfo& split : grid.splits) {
      take([&](const SplitCertificate& c) { return c.dataset == dataset.name && c.split == split.name; });
    }
  }
  for (const SplitCertificate& own : record.certificates) {
    take([&](const SplitCertificate& c) { return c.dataset == own.dataset && c.split == own.split; });
  }
  return groups;
}

/// "37.8 %", or "37.8 % to 43.5 %" over instances.
template <class Value, class Show>
std::string range(const Certificates& group, const Value& value, const Show& show) {
  double low = 1e300, high = -1e300;
  for (const SplitCertificate* c : group) {
    if (const std::optional<double> v = value(c->json)) {
      low = std::min(low, *v);
      high = std::max(high, *v);
    }
  }
  if (high < low) return "";
  const std::string from = show(low), to = show(high);
  return from == to ? from : from + " to " + to;
}

double most(const Certificates& group, const auto& value) {
  double high = 0;
  for (const SplitCertificate* c : group) high = std::max(high, value(c->json).value_or(0.0));
  return high;
}

std::optional<double> share_of_targets(const Json& json, const char* key) {
  const auto part = json_number(json, key), all = json_number(json, "targets");
  return part && all && *all > 0 ? std::optional(*part / *all) : std::nullopt;
}

/// Counts that must be 0 and are not, and what can make a split flatter some methods.
void certificate_warnings(const Certificates& group, const std::string& where, std::vector<Warning>& warnings) {
  for (const SplitCertificate* c : group) {
    const Json& proof = json_at(c->json, "proof");
    if (!proof.is_object()) {
      warn(warnings, "a certificate without proof", where);
      continue;
    }
    for (const auto& [key, n] : proof.items()) {
      if (!(n.is_number() && n.get<double>() == 0))
        warn(warnings, fmt::format("the split broke its promise: {} {}", plain(n), words(key)), where + ", " + c->instance);
    }
  }
  const auto later = [](const Json& json) { return json_number(json, "later_training_share"); };
  if (most(group, later) > 0.01) {
    warn(warnings,
         "training events later than the test events: methods learn from what was not known at that time (a temporal split has "
         "none)",
         where + ": " + range(group, later, percent));
  }
  const auto tied = [](const Json& json) { return share_of_targets(json, "tied_targets"); };
  if (most(group, tied) > 0.01) {
    warn(warnings, "targets with the same time as the event before them: which came last is the order of the source",
         where + ": " + range(group, tied, percent) + " of the targets");
  }
  const auto repeated = [](const Json& json) { return share_of_targets(json, "targets_already_in_history"); };
  if (most(group, repeated) > 0) {
    warn(warnings, "targets that the user met before: recommending the past counts as a hit",
         where + ": " + range(group, repeated, percent) + " of the targets");
  }
  const auto untrained = [](const Json& json) {
    return json_number(json_at(json, "items"), "cold").value_or(0) > 0
               ? std::nullopt
               : share_of_targets(json, "targets_without_training_events");
  };
  if (most(group, untrained) > 0) {
    warn(warnings, "targets without training events: no method that learns from events alone can rank them",
         where + ": " + range(group, untrained, percent) + " of the targets");
  }
}

struct Column {
  const char *title, *part, *key;  // part: "" for the certificate itself
};
constexpr Column kColumns[] = {{"users tested", "users", "tested"},
                               {"targets", "", "targets"},
                               {"training events", "events", "train"},
                               {"join on refit", "events", "joining_on_refit"},
                               {"shown to test users only", "events", "shown_only"},
                               {"left out", "events", "left_out"},
                               {"cold users", "users", "cold"},
                               {"items in training", "items", "training"},
                               {"cold items", "items", "cold"},
                               {"targets without training events", "", "targets_without_training_events"},
                               {"targets tied in time", "", "tied_targets"}};

const Json& value_of(const Json& json, const Column& column) {
  return json_at(*column.part != '\0' ? json_at(json, column.part) : json, column.key);
}

Pairs rows_of(const Json& json) {
  Pairs rows;
  for (const Column& column : kColumns) rows.emplace_back(column.title, plain(value_of(json, column)));
  const auto later = json_number(json, "later_training_share");
  rows.emplace_back("training events later than the mean test event",
                    later ? percent(*later) : plain(json_at(json, "later_training_share")));
  const Json &users = json_at(json_at(json, "overlap"), "users"), &items = json_at(json_at(json, "overlap"), "items");
  rows.emplace_back("users in training and test", plain(json_at(users, "train_test")));
  rows.emplace_back("items in training and test", plain(json_at(items, "train_test")));
  const auto power = json_number(json_at(json, "detectable_hit_rate_difference"), "at_0.05");
  rows.emplace_back("hit rates near 0.05: differences below this are noise", power ? fmt::format("{:.4f}", *power) : "");
  return rows;
}

std::string proof_text(const Certificates& group) {
  std::size_t zero = 0, all = 0;
  std::set<std::string> counts;
  for (const SplitCertificate* c : group) {
    const Json& proof = json_at(c->json, "proof");
    for (const auto& [key, n] : proof.items()) {
      ++all;
      zero += n.is_number() && n.get<double>() == 0;
      counts.insert(words(key));
    }
  }
  if (all == 0) return "<p class=\"bad\">No proof.</p>\n";
  const std::string list = html_text(fmt::format("{}", fmt::join(counts, ", ")));
  if (zero == all)
    return fmt::format("<p><strong class=\"good\">Proof holds.</strong> Recounted from the files, and all 0: {}.</p>\n", list);
  return fmt::format(
      "<p><strong class=\"bad\">Proof fails</strong> in {} of {} counts that must be 0 ({}); see the warnings.</p>\n", all - zero,
      all, list);
}

std::string certificate_body(const Certificates& group, const std::string& title) {
  std::string out;
  if (const Json& definition = json_at(group.front()->json, "definition"); definition.is_string()) {
    out += fmt::format("<p>{}</p>\n", html_text(definition.get<std::string>()));
  }
  out += proof_text(group);
  if (group.size() == 1) {
    Pairs rows = rows_of(group.front()->json);
    std::erase_if(rows,
                  [](const auto& row) { return row.second.empty() || (row.second == "0" && !row.first.starts_with("targets")); });
    return out + note_list(rows, true);
  }
  HtmlTable table{title, {"count"}, {}};
  for (const auto& [name, value] : rows_of(group.front()->json)) table.rows.push_back({name});
  for (const SplitCertificate* c : group) {
    table.columns.push_back(c->instance);
    const Pairs rows = rows_of(c->json);
    for (std::size_t r = 0; r < rows.size(); ++r) table.rows[r].push_back(rows[r].second);
  }
  std::erase_if(table.rows, [](const auto& row) {
    return std::all_of(row.begin() + 1, row.end(), [](const std::string& value) { return value.empty() || value == "0"; });
  });
  return out + html_table(table);
}

std::string title_of(const SplitCertificate& certificate) {
  return certificate.dataset.empty() ? certificate.split : certificate.dataset + " · " + certificate.split;
}

// ---- funnels

std::string funnel_table(const std::string& dataset, const Json& funnel) {
  double most_events = 1;
  for (const Json& step : funnel) most_events = std::max(most_events, json_number(step, "events").value_or(0));
  std::string out = fmt::format(
      "<h3>{0}</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"What filters took of {0}\">\n<table>"
      "<caption class=\"hidden\">What filters took of {0}</caption>\n<thead><tr><th scope=\"col\">step</th>"
      "<th scope=\"col\" class=\"n\">events</th><th scope=\"col\" class=\"n\">users</th>"
      "<th scope=\"col\" class=\"n\">items</th></tr></thead>\n<tbody>\n",
      html_text(dataset));
  for (const Json& step : funnel) {
    out += fmt::format("<tr><th scope=\"row\">{}</th>", html_text(plain(json_at(step, "step"))));
    for (const char* what : {"events", "users", "items"}) {
      const std::string bar = what == std::string_view("events")
                                  ? fmt::format("<span class=\"funnel\" style=\"--w:{:.3f}\"></span>",
                                                json_number(step, what).value_or(0) / most_events)
                                  : "";
      out += fmt::format("<td class=\"n\">{}{}</td>", html_text(plain(json_at(step, what))), bar);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

/// Users that a split could not test, by reason.
HtmlTable untested_table(const RunRecord& record) {
  HtmlTable table{"Users that are not tested", {"split", "reason", "users"}, {}};
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, std::pair<double, double>> ranges;
  for (const SplitCertificate& c : record.certificates) {
    const Json& untested = json_at(c.json, "untested");
    if (!untested.is_object()) continue;
    for (const auto& [reason, n] : untested.items()) {
      if (!n.is_number() || n.get<double>() <= 0) continue;
      const std::pair<std::string, std::string> key = {title_of(c), reason};
      const double users = n.get<double>();
      const auto [at, fresh] = ranges.try_emplace(key, users, users);
      if (fresh) order.push_back(key);
      at->second = {std::min(at->second.first, users), std::max(at->second.second, users)};
    }
  }
  for (const auto& key : order) {
    const auto low = static_cast<std::uint64_t>(ranges[key].first), high = static_cast<std::uint64_t>(ranges[key].second);
    table.rows.push_back(
        {key.first, key.second, low == high ? with_thousands(low) : with_thousands(low) + " to " + with_thousands(high)});
  }
  return table;
}

// ---- environment

std::string data_files(const RunRecord& record) {
  HtmlTable table{"Files that were read", {"data set", "file", "bytes", "SHA-256"}, {}};
  const Json& data = json_at(record.manifest, "data");
  if (!data.is_object()) return "";
  for (const auto& [name, files] : data.items()) {
    if (!files.is_array()) continue;
    for (const Json& file : files)
      table.rows.push_back({name, plain(json_at(file, "file")), plain(json_at(file, "bytes")), plain(json_at(file, "sha256"))});
  }
  return table.rows.empty() ? "" : "<h3>Files that were read</h3>\n" + html_table(table);
}

/// Addresses may carry a name and a password: "https://name:word@host".
std::string without_secrets(const std::string& yaml) {
  static const std::regex kLogin(R"(://[^/\s@"']+@)");
  return std::regex_replace(yaml, kLogin, "://***@");
}

}  // namespace

Section certificates(const Grid& grid, const RunRecord& record, std::vector<Warning>& warnings) {
  Section section{"certificates", "Certificates of the splits", "", "", {}};
  const std::vector<Certificates> groups = grouped(grid, record);
  for (const Certificates& group : groups) {
    const std::string title = title_of(*group.front());
    certificate_warnings(group, title, warnings);
    section.body += fmt::format("<h3>{}</h3>\n", html_text(title)) + certificate_body(group, "Certificates of " + title);
  }
  if (!groups.empty()) section.count = fmt::format("{}", groups.size());
  return section;
}

Section funnels(const RunRecord& record) {
  Section section{"funnels", "What filters and splits took", "", "", {}};
  std::set<std::string> shown;
  for (const SplitCertificate& c : record.certificates) {
    const Json& funnel = json_at(c.json, "funnel");
    if (!funnel.is_array() || funnel.empty() || !shown.insert(c.dataset + funnel.dump()).second) continue;
    section.body += funnel_table(c.dataset.empty() ? c.split : c.dataset, funnel);
  }
  const HtmlTable untested = untested_table(record);
  if (!untested.rows.empty()) section.body += "<h3>Users that are not tested</h3>\n" + html_table(untested);
  return section;
}

Section environment(const Grid& grid, const RunRecord& record) {
  Section section{"environment", "Environment, and how to repeat it", "", "", {}};
  Pairs notes = {{"Experiment", grid.experiment}, {"Configuration", grid.config_hash}};
  const Json& environment = json_at(record.manifest, "environment");
  if (environment.is_object()) {
    for (const auto& [key, value] : environment.items()) notes.emplace_back(words(key), plain(value));
  }
  const Json& nodes = json_at(record.manifest, "nodes");
  std::vector<std::string> counts;
  if (nodes.is_object()) {
    for (const auto& [kind, list] : nodes.items()) counts.push_back(fmt::format("{} {}", list.size(), kind));
  }
  if (!counts.empty()) notes.emplace_back("nodes of the store", fmt::format("{}", fmt::join(counts, ", ")));
  section.body = note_list(notes, true) + data_files(record);
  section.body +=
      "<h3>Run it again</h3>\n<p>Save the experiment below as <code>experiment.yaml</code> in a checkout of Motive of the "
      "version "
      "above. What is in the store already is not computed again.</p>\n<pre>./motive plan experiment.yaml    # what it will do "
      "and cost\n"
      "./motive run experiment.yaml     # computes, and prints the tables\n"
      "./motive table " +
      html_text("results/runs/" + grid.experiment) + " --format html    # this page again, from stored ranks</pre>\n";
  if (!record.experiment_yaml.empty()) {
    section.body += "<details class=\"print\"><summary>experiment.yaml</summary>\n<pre tabindex=\"0\">" +
                    html_lines(without_secrets(record.experiment_yaml)) + "</pre></details>\n";
  }
  return section;
}

}  // namespace motive::page
