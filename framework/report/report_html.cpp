#include "framework/report/report_html.h"

#include <openssl/evp.h>

#include <algorithm>

#include "framework/base/hash.h"
#include "framework/report/figure_parts.h"
#include "framework/report/report_parts.h"
#include "framework/report/report_style.h"

namespace motive {
namespace {

using page::Section;
using page::Warning;

/// As content security policies name a script: base64 of its SHA-256.
std::string script_hash(const std::string& script) {
  const std::string hex = sha256_hex(script);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  std::string out(45, '\0');
  out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                                      static_cast<int>(bytes.size()))));
  return out;
}

std::string figure_html(const Figure& figure, const RenderedFigures& rendered, std::vector<std::string>& faults) {
  const std::string id = "figure-" + figure.name;
  std::string out = fmt::format("<figure id=\"{}\"><figcaption>{}</figcaption>\n", id, html_text(figure.title));
  bool drawn = false;
  if (const auto svg = rendered.svg.find(figure.name); svg != rendered.svg.end()) {
    const auto inside = inline_svg(svg->second, id, figure.title, figure.alt);
    drawn = inside.has_value();
    if (inside) {
      out += *inside + "\n";
    } else {
      faults.push_back(
          fmt::format("figures/{}.svg is not shown: {}; remove it, it will be made again", figure.name, inside.error().message));
    }
  }
  if (!drawn) return out + html_table(figure.data) + "</figure>\n";
  return out + "<details><summary>Numbers</summary>\n" + html_table(figure.data) +
         fmt::format("<p class=\"how\">For papers: figures/{}.pdf, .svg and .vl.json</p></details></figure>\n", figure.name);
}

std::string fault_list(const std::vector<std::string>& faults) {
  if (faults.empty()) return "";
  std::string out = "<div class=\"callout\"><strong>Left out</strong><ul>";
  for (const std::string& fault : faults) out += fmt::format("<li>{}</li>", html_text(fault));
  return out + "</ul></div>\n";
}

/// A section a group of figures.
std::vector<Section> figure_sections(const std::vector<FigureGroup>& groups, const RenderedFigures& rendered,
                                     std::vector<std::string>& faults) {
  std::vector<Section> sections;
  for (const FigureGroup& group : groups) {
    Section section{
        "figures-" + group.id, group.heading, fmt::format("<p class=\"how\">{}</p>\n", html_text(group.text)), "", {}};
    section.count = fmt::format("{}", group.figures.size());
    section.body += fault_list(group.faults) + "<div class=\"figures\">\n";
    for (const Figure& figure : group.figures) section.body += figure_html(figure, rendered, faults);
    section.body += "</div>\n";
    sections.push_back(std::move(section));
  }
  return sections;
}

Section warning_section(const std::vector<Warning>& warnings) {
  Section section{"warnings", "Warnings", "", fmt::format("{}", warnings.size()), {}};
  if (warnings.empty()) return section;
  section.body = "<p class=\"how\">Read these before the numbers.</p>\n<div class=\"callout\"><ul>\n";
  for (const Warning& warning : warnings) {
    const std::string where = fmt::format("{}", fmt::join(warning.where, "; "));
    section.body += fmt::format("<li>{}{}</li>\n", html_prose(warning.text),
                                where.empty() ? "" : " <span class=\"where\">(" + html_text(where) + ")</span>");
  }
  section.body += "</ul></div>\n";
  return section;
}

std::string contents(const std::vector<Section>& sections) {
  std::string out = "<nav aria-label=\"Contents\"><ol>\n";
  for (const Section& section : sections) {
    out += fmt::format("<li><a href=\"#{}\">{}{}</a>", section.id, html_text(section.title),
                       section.count.empty() ? "" : "&#160;<small>" + section.count + "</small>");
    if (!section.parts.empty()) {
      out += "<ol class=\"sub\">";
      for (const auto& [id, title] : section.parts) out += fmt::format("<li><a href=\"#{}\">{}</a></li>", id, html_text(title));
      out += "</ol>";
    }
    out += "</li>\n";
  }
  return out + "</ol></nav>\n";
}

std::string head(const Grid& grid) {
  const std::string& script = report_script();
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
      "base-uri 'none'; form-action 'none'; script-src 'sha256-{}'\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<meta name=\"generator\" content=\"Motive\"/>\n"
      "<title>{} · Motive</title>\n<link rel=\"icon\" href=\"data:,\"/>\n<style>\n{}</style>\n</head>\n",
      script_hash(script), html_text(grid.experiment), report_style());
}

std::string lead(const Grid& grid) {
  const auto names = [](const auto& list, const auto& name) {
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "" : i + 1 == list.size() ? " and " : ", ") + name(list[i]);
    return out;
  };
  return fmt::format("{} model{} on {}; split {}; {}.", grid.models.size(), grid.models.size() == 1 ? "" : "s",
                     names(grid.datasets, [](const DatasetInfo& d) { return d.name; }),
                     names(grid.splits, [](const SplitInfo& s) { return s.name; }),
                     names(grid.protocols, [](const ProtocolInfo& p) { return figures::protocol_title(p.protocol); }));
}

}  // namespace

Result<std::string> report_html(const Grid& grid, const Summary& summary, const std::vector<Table>& tables,
                                const Path& run_folder, const FigureRenderer& renderer) {
  const RunRecord record = read_run_record(grid, run_folder);
  const std::vector<FigureGroup> groups = make_figures(grid, summary, record);
  const RenderedFigures rendered = render_figures(groups, run_folder / "figures", renderer);
  std::vector<Warning> warnings;
  std::vector<std::string> faults = record.faults;
  if (!rendered.fault.empty()) faults.push_back(rendered.fault);

  std::vector<Section> sections;
  if (const std::string best = page::findings(summary, tables); !best.empty())
    sections.push_back({"summary", "Summary", best, "", {}});
  const Section shown_tables = page::tables(tables, warnings);
  std::vector<Section> drawn = figure_sections(groups, rendered, faults);
  const Section certificates = page::certificates(grid, record, warnings);
  for (const std::string& fault : faults) page::warn(warnings, fault, "");
  sections.push_back(warning_section(warnings));
  sections.push_back(shown_tables);
  std::move(drawn.begin(), drawn.end(), std::back_inserter(sections));
  for (Section section : {page::costs(grid, record), page::answers(grid, record), certificates, page::funnels(record),
                          page::not_done(summary), page::environment(grid, record)}) {
    sections.push_back(std::move(section));
  }
  std::erase_if(sections, [](const Section& section) { return section.body.empty(); });

  std::string out = head(grid);
  out += fmt::format(
      "<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<div class=\"sheet\">\n<header>\n<p "
      "class=\"eyebrow\">Motive · "
      "report of a run</p>\n<h1>{}</h1>\n<p class=\"lead\">{}</p>\n{}</header>\n",
      html_text(grid.experiment), html_text(lead(grid)), page::facts(grid, summary, record));
  out += contents(sections) + "<main id=\"main\">\n";
  for (const Section& section : sections) {
    out += fmt::format("<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n{2}</section>\n", section.id,
                       html_text(section.title), section.body);
  }
  out += fmt::format(
      "<footer>Experiment {}, configuration {}. Every number follows from the stored ranks.</footer>\n</main>\n</div>\n",
      html_text(grid.experiment), html_text(grid.config_hash.substr(0, 12)));
  return out + "<script>" + report_script() + "</script>\n</body>\n</html>\n";
}

Result<std::string> report_html(const Grid& grid, const Summary& summary, const std::vector<Table>& tables,
                                const Path& run_folder) {
  return report_html(grid, summary, tables, run_folder, default_renderer());
}

}  // namespace motive
