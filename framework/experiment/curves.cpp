#include "framework/experiment/curves.h"

#include <set>

#include "framework/base/csv.h"

namespace motive {
namespace {

std::string seed_text(const std::optional<std::uint64_t>& seed) { return seed ? std::to_string(*seed) : ""; }

Json curve_of(const Store& store, const std::string& fit) {
  const auto text = read_file(store.folder("fits", fit) / "fit.json");
  const Json record = text ? Json::parse(*text, nullptr, false) : Json();
  return record.is_object() ? record.value("report", Json::object()).value("curve", Json()) : Json();
}

std::string number(const Json& point, const char* key) { return point.contains(key) ? point.at(key).dump() : ""; }

}  // namespace

std::string curves_csv(const Plan& plan, const Store& store) {
  std::string rows;
  std::set<std::string> written;
  for (const PlannedCell& cell : plan.cells) {
    const CellResult& of = cell.result;
    const std::string head = fmt::format("{},{},{},{},{}", csv_field(of.label), csv_field(of.dataset), csv_field(of.split), seed_text(of.seeds.split),
                                         seed_text(of.seeds.init));
    const auto add = [&](const std::string& fit, const char* stage) {
      if (!written.insert(fit).second) return;
      for (const Json& point : curve_of(store, fit)) {
        rows += fmt::format("{},{},{},{},{}\n", head, stage, number(point, "epoch"), number(point, "loss"), number(point, "ndcg@10"));
      }
    };
    for (const std::size_t number : cell.fits) {
      const Task& fit = plan.tasks[number];
      if (fit.state != TaskState::kDone) continue;
      if (fit.node.spec.contains("selection")) add(fit.node.spec.at("selection"), "select");
      add(fit.node.hash, "fit");
    }
  }
  return rows.empty() ? "" : "label,dataset,split,split_seed,init_seed,stage,epoch,loss,ndcg@10\n" + rows;
}

}  // namespace motive
