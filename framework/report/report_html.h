#pragma once
// Purpose: the report of a run as one HTML page that holds all it needs: tables that sort, figures, slices, costs,
// certificates, funnels, warnings, what the run was made with and how to repeat it. For phone, desktop and print,
// light and dark, with or without its script, without a network (its content security policy allows neither
// requests nor any script but its own). The page is well-formed XML as well. Foreign text is escaped (html.h).
// Source: the grid, its summary and tables; of the run folder cells.jsonl, curves.csv, splits/*.json, manifest.json and
// experiment.yaml, each of which may be missing or damaged (the page then says so).
// Figures stand in run_folder/figures as specification, SVG and PDF (render_figures.h); without the package that draws
// them the page has their numbers as tables and names the remedy.
// Complexity: that of the figures; a second or two where they are drawn anew. Determinism: the same folder and the same
// figures give the same bytes. Errors: none of content; what fails is said in the page.

#include <string>

#include "framework/report/render_figures.h"
#include "framework/report/table.h"

namespace motive {

/// Writes run_folder/figures, not the page.
Result<std::string> report_html(const Grid& grid, const Summary& summary, const std::vector<Table>& tables,
                                const Path& run_folder);
/// The same with another renderer.
Result<std::string> report_html(const Grid& grid, const Summary& summary, const std::vector<Table>& tables,
                                const Path& run_folder, const FigureRenderer& renderer);

}  // namespace motive
