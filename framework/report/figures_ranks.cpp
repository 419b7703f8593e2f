#include <algorithm>
#include <cmath>

#include "framework/evaluate/ranking.h"
#include "framework/report/figure_parts.h"
#include "framework/report/unicode.h"

namespace motive::figures {
namespace {

/// The probability that a target stands within rank r, ties as the metrics count them.
double within(const StoredRank& rank, std::uint32_t r, Ties ties) {
  if (rank.above >= rank.candidates) return 0;  // without an answer
  const std::uint32_t first = rank.above + 1, last = rank.above + rank.tied + 1;
  if (ties == Ties::kPessimistic) return r >= last ? 1 : 0;
  if (ties == Ties::kOptimistic) return r >= first ? 1 : 0;
  if (r < first) return 0;
  return r >= last ? 1 : static_cast<double>(r - first + 1) / static_cast<double>(last - first + 1);
}

/// Ranks at which the lines are drawn: all up to 10, then some 16 to each factor of 10, and the last.
std::vector<std::uint32_t> grid_of(std::uint32_t candidates) {
  std::vector<std::uint32_t> ranks;
  for (double r = 1; r < candidates; r = std::max(r + 1, r * std::pow(10.0, 1.0 / 16)))
    ranks.push_back(static_cast<std::uint32_t>(r));
  ranks.push_back(candidates);
  return ranks;
}

/// The ranks of the first done cell of a row, with all its folds. Nothing where the limit is reached.
Result<std::vector<StoredRank>> ranks_of(const Summary& summary, const SummaryRow& row, std::size_t& read) {
  std::size_t i = row.first;
  while (summary.cells[i].values.empty()) ++i;
  const CellResult& cell = summary.cells[i].cell;
  if (read + summary.cells[i].positives > kMostRanks) return std::vector<StoredRank>();
  std::vector<StoredRank> all;
  std::vector<Path> folders = {cell.ranks};
  folders.insert(folders.end(), cell.more_ranks.begin(), cell.more_ranks.end());
  for (const Path& folder : folders) {
    MOTIVE_ASSIGN(std::vector<StoredRank> part, read_ranks(folder, cell.variant));
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  read += all.size();
  return all;
}

double share_within(const std::vector<StoredRank>& ranks, std::uint32_t r, Ties ties) {
  double sum = 0;
  for (const StoredRank& rank : ranks) sum += within(rank, r, ties);
  return sum / static_cast<double>(ranks.size());
}

/// Whether the row of `model` has the same shares.
bool is_like(const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& line, const std::string& model) {
  return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
    return row.front() == model && std::equal(row.begin() + 1, row.end(), line.begin() + 1);
  });
}

Figure rank_figure(const Grid& grid, const Summary& summary, const Place& place, std::size_t& read,
                   std::vector<std::string>& left_out) {
  Figure figure{html_slug("ranks-" + place.title()), place.title(), "", {}, {}};
  Series series;
  OrderedJson values = OrderedJson::array();
  std::vector<std::string> words;
  figure.data = {"Share of targets within rank r, " + place.title(), {"model", "1", "5", "10", "20", "50", "100"}, {}};
  for (const SummaryRow* row : place.rows) {
    const CellResult& cell = summary.of(*row);
    const std::string name = series_name(cell);
    auto ranks = ranks_of(summary, *row, read);
    if (!ranks || ranks->empty()) {
      left_out.push_back(fmt::format("{}, {}: {}", place.title(), name,
                                     ranks ? fmt::format("more than {} ranks in this run", kMostRanks) : ranks.error().message));
      continue;
    }
    const auto most =
        std::max_element(ranks->begin(), ranks->end(), [](const auto& a, const auto& b) { return a.candidates < b.candidates; });
    std::vector<std::string> line = {name};
    for (const std::uint32_t r : {1u, 5u, 10u, 20u, 50u, 100u}) {
      line.push_back(r <= most->candidates ? fmt::format("{:.1f} %", 100 * share_within(*ranks, r, grid.ties)) : "n/a");
    }
    // Most variants differ from their model in a few answers: a line upon its line would only fill the legend.
    const bool hidden = !cell.variant.empty() && is_like(figure.data.rows, line, printable(cell.label));
    if (!hidden) {
      series.add(name, style_of(grid, cell.label, cell.variant));
      for (const std::uint32_t r : grid_of(most->candidates)) {
        values.push_back({{"series", name}, {"rank", r}, {"share", std::round(share_within(*ranks, r, grid.ties) * 1e5) / 1e5}});
      }
    }
    words.push_back(fmt::format("{} {} and {}", name, line[1], line[3]));
    figure.data.rows.push_back(std::move(line));
  }
  figure.alt = fmt::format("Share of targets at rank 1 and within rank 10: {}.", join(words));
  figure.spec = base_spec(230 + series.legend_height());
  figure.spec["data"] = {{"values", values}};
  figure.spec["mark"] = {{"type", "line"}, {"interpolate", "monotone"}, {"strokeWidth", 1.8}};
  OrderedJson encoding = {{"x", channel("rank", "quantitative",
                                        {{"title", "rank r (log scale)"},
                                         {"scale", {{"type", "log"}, {"nice", false}}},
                                         {"axis", {{"tickCount", 5}, {"format", "~s"}, {"grid", false}}}})},
                          {"y", channel("share", "quantitative",
                                        {{"title", "targets within rank r"},
                                         {"scale", {{"domain", {0, 1}}}},
                                         {"axis", {{"format", "%"}, {"tickCount", 5}}}})}};
  series.encode(encoding);
  figure.spec["encoding"] = encoding;
  return figure;
}

}  // namespace

FigureGroup rank_figures(const Grid& grid, const Summary& summary) {
  FigureGroup group{
      "ranks",
      "Where the truth stands",
      "Share of targets whose rank is r or better, of the first combination of seeds of each model; the height at r = 10 is "
      "the hit rate at 10 where each user has one target. A line that starts low and ends high finds the right region of "
      "the catalogue, not the right place in the list. "
      "Variants with the shares of their model have no line of their own.",
      {},
      {}};
  std::size_t read = 0;
  for (const Place& place : places(summary)) {
    Figure figure = rank_figure(grid, summary, place, read, group.faults);
    if (!figure.data.rows.empty()) group.figures.push_back(std::move(figure));
  }
  return group;
}

}  // namespace motive::figures
