"""Renders Vega-Lite specifications as SVG and PDF, without a network.

  render_figures.py FOLDER NAME...    FOLDER/NAME.vl.json -> FOLDER/NAME.svg and FOLDER/NAME.pdf

Needs the package vl-convert-python, a wheel that brings everything with it. Each file is written aside and
renamed. A figure that cannot be drawn is named on standard error, the others are drawn all the same.
Exit status: 0 all drawn, 1 some not, 2 wrong usage, 3 the package is not installed.
"""

import json
import os
import sys

VEGA_LITE = "5.20"


def write(path, content):
    aside = path + ".part"
    with open(aside, "wb") as stream:
        stream.write(content)
    os.replace(aside, path)


def render(convert, folder, name):
    with open(os.path.join(folder, name + ".vl.json"), encoding="utf-8") as stream:
        spec = json.load(stream)
    # No base address is allowed: a specification cannot make the renderer read files or ask servers.
    options = {"vl_version": VEGA_LITE, "allowed_base_urls": []}
    write(os.path.join(folder, name + ".svg"), convert.vegalite_to_svg(spec, **options).encode())
    write(os.path.join(folder, name + ".pdf"), convert.vegalite_to_pdf(spec, **options))


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        import vl_convert
    except ImportError as error:
        print(f"{sys.executable}: {error}", file=sys.stderr)
        return 3
    status = 0
    for name in arguments[1:]:
        try:
            render(vl_convert, arguments[0], name)
        except Exception as error:  # whatever one figure meets must not take the others with it
            print(f"{name}: {' '.join(str(error).split())[:300]}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
