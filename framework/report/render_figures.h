#pragma once
// Purpose: figures as files for papers and as pictures inside a page. In FOLDER stand NAME.vl.json (the
// specification), NAME.svg and NAME.pdf. A figure whose specification is there unchanged, with both pictures, is
// not drawn again; a changed one loses its pictures before its specification is replaced. Files of figures that
// there are no more are removed (those only whose specification says that Motive made it).
// Drawing is done by render_figures.py with the Python package vl-convert-python, in a process of its own, with
// the Python of the checkout's .venv or the one that MOTIVE_PYTHON names. Complexity: a second to start and some
// 0.1 s a figure. Determinism: that of the package. Errors: none; what could not be drawn is said in `fault`.

#include <map>
#include <string>
#include <vector>

#include "framework/report/figures.h"

namespace motive {

struct FigureRenderer {
  std::vector<Path> pythons;  // the first that has the package draws
  Path script;
  int timeout_seconds = 300;
};
/// Of $MOTIVE_HOME, else of the source tree.
FigureRenderer default_renderer();

struct RenderedFigures {
  std::map<std::string, std::string> svg;  // by name, as it stands in the folder
  std::string fault;                       // "" where all are drawn
};
RenderedFigures render_figures(const std::vector<FigureGroup>& groups, const Path& folder, const FigureRenderer& renderer);

/// The picture for a page: only the elements and attributes that figures are made of, colours as variables of the
/// page (figure_parts.h), ids that begin with `id`, title and description for who does not see it. Errors: anything
/// that is not such a picture (a script, a link, broken markup), which is never passed on.
Result<std::string> inline_svg(const std::string& svg, const std::string& id, const std::string& title,
                               const std::string& description);

}  // namespace motive
