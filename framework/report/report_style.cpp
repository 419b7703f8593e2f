#include "framework/report/report_style.h"

#include "framework/report/figure_parts.h"

namespace motive {
namespace {

/// Of the page alone; those of figures are in figure_parts.h.
constexpr figures::Colour kPage[] = {{"page", "#ffffff", "#11151b"},      {"panel", "#f5f7f9", "#191f28"},
                                     {"accent", "#0b5cad", "#7fbaf7"},    {"bar", "#9cc3e8", "#3c6a99"},
                                     {"best", "#e6f1fb", "#16324d"},      {"warn", "#7a4b00", "#f0c069"},
                                     {"warn-page", "#fdf6e6", "#2a2314"}, {"warn-rule", "#d79a2b", "#a67a25"},
                                     {"bad", "#a8261d", "#ff9b90"},       {"good", "#17653a", "#74d19b"}};

std::string variables(const char* figures::Colour::*value) {
  std::string out;
  for (const figures::Colour& colour : kPage) out += fmt::format("--{}:{};", colour.name, colour.*value);
  for (const figures::Colour& colour : figures::colours()) out += fmt::format("--{}:{};", colour.name, colour.*value);
  return out;
}

constexpr const char* kFrame = R"CSS(
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.sheet{max-width:80rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1,h2,h3,h4{line-height:1.25;margin:0;font-weight:650;text-wrap:balance}
h1{font-size:2rem;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.4rem;letter-spacing:-.01em;padding-top:2.2rem;margin-bottom:.8rem}
h3{font-size:1.08rem;margin:1.8rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
code{overflow-wrap:anywhere}
pre{background:var(--panel);padding:.8rem 1rem;border-radius:6px;overflow-x:auto;line-height:1.45;margin:.5rem 0;max-width:60rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-99rem;top:.5rem;background:var(--page);padding:.4rem .8rem;z-index:9}
.skip:focus{left:.5rem}
.eyebrow{color:var(--muted);font-size:.85rem;margin:0 0 .2rem}
.lead{font-size:1.1rem;color:var(--muted);margin:.5rem 0 0;max-width:60rem}
.how{color:var(--muted);font-size:.92rem}
nav{font-size:.92rem;margin:1.5rem 0 0;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);padding:.6rem 0}
nav ol{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem}
nav a{display:inline-block;padding:.25rem 0;text-decoration:none}
nav a:hover{text-decoration:underline}
nav small{color:var(--muted);font-size:.85em;padding-left:.25rem}
nav .sub{display:none}
@media (min-width:68rem){
.sheet{display:grid;grid-template-columns:12.5rem minmax(0,1fr);column-gap:3rem;padding:2.5rem 2rem 6rem}
header{grid-column:1 / -1}
nav{position:sticky;top:1.5rem;align-self:start;border:0;padding:0;margin:2.4rem 0 0;max-height:calc(100vh - 3rem);overflow-y:auto}
nav ol{display:block;border-left:1px solid var(--rule);padding-left:.9rem}
nav .sub{display:block;border:0;padding-left:.8rem;font-size:.93em}
nav .sub a{color:var(--muted);padding:.1rem 0;overflow-wrap:anywhere}
main{min-width:0}
}
)CSS";

constexpr const char* kParts = R"CSS(
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.9rem 1.5rem;margin:1.3rem 0 0;padding:1rem 0 0;border-top:1px solid var(--rule)}
dl.facts dt{color:var(--muted);font-size:.82rem}
dl.facts dd{margin:0;font-weight:550;overflow-wrap:anywhere}
dl.notes{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:.8rem 0 0;font-size:.86rem;line-height:1.45;max-width:60rem}
dl.notes dt{color:var(--muted)}
dl.notes dd{margin:0;overflow-wrap:anywhere}
@media (max-width:34rem){
dl.notes:not(.pairs){display:block}
dl.notes:not(.pairs) dt{margin-top:.45rem;font-weight:600}
dl.pairs{grid-template-columns:minmax(0,13rem) minmax(0,1fr)}
h1{font-size:1.6rem}
h2{font-size:1.25rem}
dl.facts{grid-template-columns:repeat(2,minmax(0,1fr));gap:.7rem 1rem}
}
ul.findings,ul.warnings{margin:.6rem 0;padding:0;list-style:none;max-width:60rem}
ul.findings li{padding:.55rem 0;border-bottom:1px solid var(--rule)}
ul.findings li:last-child{border:0}
ul.findings .where{display:block;color:var(--muted);font-size:.86rem}
.callout{border-left:3px solid var(--warn-rule);background:var(--warn-page);padding:.6rem .9rem;border-radius:0 6px 6px 0;margin:.8rem 0;max-width:60rem;font-size:.9rem}
.callout ul{margin:.2rem 0 0;padding-left:1.1rem}
.callout li{margin:.2rem 0;overflow-wrap:anywhere}
.callout strong{color:var(--warn)}
.callout .where{color:var(--muted)}
.footnotes{font-size:.86rem;line-height:1.45;margin:.6rem 0 0;padding-left:1.4rem;max-width:60rem}
.footnotes li{overflow-wrap:anywhere}
.bad{color:var(--bad)}
.good{color:var(--good)}
.muted{color:var(--muted)}
.scroll{overflow-x:auto;margin:.6rem 0;max-width:100%;-webkit-overflow-scrolling:touch}
table{border-collapse:separate;border-spacing:0;font-size:.9rem;font-variant-numeric:tabular-nums lining-nums}
th,td{padding:.42rem .8rem;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--rule);white-space:nowrap}
thead th{font-weight:600;vertical-align:bottom;border-bottom:2px solid var(--axis)}
thead tr.groups th{border-bottom:1px solid var(--rule);padding-bottom:.2rem}
thead tr.groups th.set{color:var(--ink);border-left:1px solid var(--rule)}
tbody th{font-weight:500}
tbody tr:hover>*{background-color:var(--panel)}
tbody tr.first>*{border-top:1px solid var(--axis)}
table.sorted tr.first>*{border-top:0}
td.set,th.set{border-left:1px solid var(--rule)}
thead th:first-child,tbody th{position:sticky;left:0;background:var(--page);z-index:1;padding-left:.1rem;white-space:normal;min-width:7rem;max-width:15rem;overflow-wrap:break-word}
@media (max-width:34rem){thead th:first-child,tbody th{max-width:8.5rem;border-right:1px solid var(--rule)}th,td{padding:.4rem .6rem}}
.n{text-align:right}
.stamp{display:block;font-weight:400;font-size:.86em;color:var(--muted)}
td.value{background:linear-gradient(var(--bar),var(--bar)) left .8rem bottom 0/calc((100% - 1.6rem)*var(--w,0)) 3px no-repeat}
td.best{background-color:var(--best)}
td.second .v{text-decoration:underline;text-underline-offset:.2em}
.star{display:inline-block;width:.55em;text-align:left}
.sd{display:inline-block;width:4.1em;text-align:left;color:var(--muted);font-size:.88em;padding-left:.15rem}
.published{display:block;color:var(--muted);font-size:.82em}
.state{color:var(--muted)}
.state.failed{color:var(--bad)}
sup{line-height:0;font-size:.75em}
th button{all:unset;cursor:pointer;box-sizing:border-box;display:inline-block}
th button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
th button:hover{color:var(--accent)}
th[aria-sort] button{color:var(--accent)}
th[aria-sort=ascending] button::after{content:" \2191"}
th[aria-sort=descending] button::after{content:" \2193"}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(22.4rem,100%),1fr));gap:1.6rem 2rem;margin:1rem 0}
figure{margin:0;min-width:0;max-width:27rem}
figcaption{font-size:.9rem;font-weight:600;margin-bottom:.4rem;overflow-wrap:anywhere}
figure svg{display:block;overflow:visible;width:100%;height:auto;font-family:Arial,"Liberation Sans","Helvetica Neue",Helvetica,sans-serif}
details{margin:.5rem 0;font-size:.9rem}
summary{cursor:pointer;color:var(--accent);padding:.2rem 0}
details table{font-size:.84rem}
.funnel{display:block;height:5px;border-radius:2px;background:var(--bar);width:calc(100%*var(--w,0));min-width:1px;margin-top:.2rem}
footer{color:var(--muted);font-size:.86rem;margin-top:3rem;border-top:1px solid var(--rule);padding-top:.8rem}
)CSS";

constexpr const char* kPrint = R"CSS(
body{font-size:9.5pt}
.sheet{display:block;max-width:none;padding:0}
nav,.skip,.noprint{display:none}
h2{padding-top:1.2rem;break-after:avoid}
h3,figcaption{break-after:avoid}
p.how{break-after:avoid}
tr,figure,p,dd,li{break-inside:avoid}
table{font-size:8.5pt}
table.short{break-inside:avoid}
thead{display:table-header-group;break-inside:avoid}
th button{display:contents}
.scroll{overflow:visible}
th,td{padding:.22rem .5rem}
thead th,thead th:first-child,tbody th{position:static}
table.wide{font-size:6.4pt}
table.wide th,table.wide td{padding:.2rem .25rem;white-space:normal}
table.wide .sd{display:block;width:auto;padding:0}
table.wide .sd:empty{display:none}
.figures{grid-template-columns:1fr 1fr;gap:1rem 1.5rem}
figure details{display:none}
details.print::details-content{content-visibility:visible;block-size:auto}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
td.value,td.best,.funnel,.callout{print-color-adjust:exact;-webkit-print-color-adjust:exact}
a{color:inherit;text-decoration:none}
@page{margin:16mm 14mm}
)CSS";

constexpr const char* kScript = R"JS(
"use strict";
(() => {
  const missingLast = (a, b, sign) => {
    const x = parseFloat(a), y = parseFloat(b);
    if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
    return Number.isNaN(y) ? -1 : sign * (x - y);
  };
  const byText = (a, b, sign) => sign * a.localeCompare(b, undefined, {numeric: true});
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const written = Array.from(body.rows);
    for (const head of table.querySelectorAll("th[data-col]")) {
      const column = Number(head.dataset.col), number = head.dataset.kind === "number";
      const turns = number ? [null, "descending", "ascending"] : [null, "ascending", "descending"];
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const turn = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % 3];
        for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
        const rows = written.slice();
        if (turn) {
          head.setAttribute("aria-sort", turn);
          const sign = turn === "ascending" ? 1 : -1;
          rows.sort((a, b) => number ? missingLast(a.cells[column].dataset.v, b.cells[column].dataset.v, sign)
                                     : byText(a.cells[column].textContent, b.cells[column].textContent, sign));
        }
        table.classList.toggle("sorted", Boolean(turn));
        body.append(...rows);
      });
    }
  }
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details.print:not([open])"));
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
})();
)JS";

}  // namespace

const std::string& report_style() {
  static const std::string kStyle = ":root{color-scheme:light dark;" + variables(&figures::Colour::light) + "}\n" +
                                    "@media screen and (prefers-color-scheme:dark){:root{" + variables(&figures::Colour::dark) +
                                    "}}\n" + kFrame + kParts + "@media print{:root{color-scheme:light}" + kPrint + "}\n";
  return kStyle;
}

const std::string& report_script() {
  static const std::string kText = kScript;
  return kText;
}

}  // namespace motive
