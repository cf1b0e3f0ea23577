"""Made-up code in each language, and what every fold of it has to hold to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headroom.compressors.base import Reduced
from headroom.compressors.code_signs import by_path
from headroom.compressors.code_tree import errors_in, parsed

_NUMBER = re.compile(r"^ *[0-9]+(?:[\t→:]|\| )", re.MULTILINE)
_GAP = re.compile(r"\[… lines? (\d+)(?:-(\d+))? left out")


INDENTED = 4


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes a file: *function* has places for a name and for statements."""

    ending: str
    top: str
    function: str
    statements: tuple[str, ...]
    bottom: str = ""

    def file(self, functions: Sequence[Sequence[int]]) -> str:
        """One function for each row of numbers, which pick its statements."""
        made = []
        for number, picked in enumerate(functions):
            chosen = [self.statements[one % len(self.statements)] for one in picked]
            lines = "\n".join(chosen or self.statements[:1]).split("\n")
            body = "\n".join(f"{' ' * INDENTED}{line}" if line else line for line in lines)
            made.append(self.function.replace("NAME", f"shape_{number}").replace("BODY", body))
        return self.top + "\n".join(made) + self.bottom


LANGUAGES = (
    Language(
        "py",
        top="""
'Areas of shapes.'

import math

UNIT = 'm'
""",
        function="""
@cached
def NAME(shape: Shape) -> float:
    \"\"\"The area.

    In square metres.
    \"\"\"
BODY
""",
        statements=(
            "width, height = shape.width, shape.height",
            "if width > height:\n    return largest_of(width)\nelse:\n    height += 1",
            "for point in shape.points:\n    total = [\n        point.x,\n        point.y,\n    ]",
            "text = '''\nwords\n'''",
            "match shape:\n    case Circle(r):\n        return r\n    case _:\n        pass",
            "",
            "# the usual case",
            "return width * height",
        ),
    ),
    Language(
        "js",
        top="""
'use strict';
const math = require('math');
""",
        function="""
/**
 * The area of a shape.
 * @param shape any shape
 */
function NAME(shape) {
BODY
}
""",
        statements=(
            "const { width, height } = shape;",
            "if (width > height) {\n  return largestOf(width);\n} else {\n  shape.height += 1;\n}",
            "shape.points.forEach((point) => {\n  total.push([\n    point.x,\n  ]);\n});",
            "const text = `one\n  ${shape.name}\ntwo`;",
            "switch (shape.kind) {\n  case 'circle':\n    return 1;\n  default:\n    break;\n}",
            "",
            "// the usual case",
            "return width * height;",
        ),
    ),
    Language(
        "ts",
        top="""
import { Shape } from './shape';

export interface Sized {
  width: number;
}
""",
        function="""
export async function NAME<T extends Sized>(shape: T): Promise<number> {
BODY
}
""",
        statements=(
            "const width: number = shape.width as number;",
            "try {\n  await measured(shape);\n} catch (error: unknown) {\n  throw error;\n}",
            "const all = shape.points.map((point: Point): number => {\n  return point.x;\n});",
            "return width!;",
        ),
    ),
    Language(
        "tsx",
        top="""
import * as React from 'react';
""",
        function="""
export function NAME({ width, height }: Props) {
BODY
}
""",
        statements=(
            "const [open, setOpen] = React.useState<boolean>(false);",
            "React.useEffect(() => {\n  setOpen(width > height);\n}, [width, height]);",
            """return (
  <section className="shape">
    {open && (
      <p>
        wide
      </p>
    )}
    <span onClick={() => setOpen(false)}>{width}</span>
    plain words
  </section>
);""",
        ),
    ),
    Language(
        "go",
        top="""
package shapes

import "math"

var names = []string{
\t"circle",
\t"square",
}
""",
        function="""
// NAME gives the area.
// It is in square metres.
func (s *Shape) NAME() (float64, error) {
BODY
}
""",
        statements=(
            "width, height := s.width, s.height",
            "if width > height {\n\treturn 0, errors.New(`too\nwide`)\n}",
            "go func() {\n\ts.total <- width\n}()",
            "switch s.kind {\ncase circle:\n\treturn math.Pi, nil\ndefault:\n\tbreak\n}",
            "",
            "// the usual case",
            "return width * height, nil",
        ),
    ),
    Language(
        "rs",
        top="""
use std::fmt;

#[derive(Debug)]
pub struct Shape<'a> {
    name: &'a str,
}
""",
        function="""
/// The area of a shape.
/// It is in square metres.
pub fn NAME<'a>(shape: &'a Shape) -> f64 {
BODY
}
""",
        statements=(
            "let mut width = shape.width;",
            "if let Some(height) = shape.height {\n    width += height;\n}",
            "let all: Vec<f64> = shape.points.iter().map(|point| {\n    point.x\n}).collect();",
            "match shape.kind {\n    Kind::Circle => 1.0,\n    _ => {\n        2.0\n    }\n};",
            "",
            "return width * 2.0;",
        ),
    ),
    Language(
        "java",
        top="""
package shapes;

import java.util.List;

public class Shapes {
""",
        function="""
    /**
     * The area.
     * @return square metres
     */
    @Override
    public double NAME(final Shape shape) throws IOException {
BODY
    }
""",
        statements=(
            "double width = shape.width();",
            "if (width > 1) {\n    return width;\n} else {\n    width += 1;\n}",
            "shape.points().forEach(point -> {\n    total.add(point.x());\n});",
            "switch (shape.kind()) {\ncase ROUND:\n    return 1;\ndefault:\n    break;\n}",
            'String text = """\n    words\n    """;',
            "",
            "return width;",
        ),
        bottom="}\n",
    ),
    Language(
        "c",
        top="""
#include <math.h>
#include "shape.h"

#define WIDE 100

struct shape {
    int width;
};
""",
        function="""
/* The area.
 * It is in square metres.
 */
static int
NAME(struct shape *shape)
{
BODY
}
""",
        statements=(
            "int width = shape->width;",
            "if (width > WIDE) {\n    return -1;\n}",
            '#ifdef DEBUG\nprintf("%d\\n", width);\n#endif',
            "switch (shape->kind) {\ncase ROUND:\n    return 1;\ndefault:\n    break;\n}",
            "for (int i = 0; i < width; i++) {\n    total += i;\n}",
            "",
            "return width;",
        ),
    ),
    Language(
        "cpp",
        top="""
#include <vector>

namespace shapes {

class Shape {
public:
  int width() const;
};
""",
        function="""
template <typename T>
auto NAME(const std::vector<T> &shapes) -> int {
BODY
}
""",
        statements=(
            "const auto &first = shapes.front();",
            'if (first.width() > 1) {\n  throw std::runtime_error(R"(too\nwide)");\n}',
            "auto wide = [&](const T &shape) {\n  return shape.width();\n};",
            "for (const auto &shape : shapes) {\n  total += wide(shape);\n}",
            "",
            "return total;",
        ),
        bottom="}  // namespace shapes\n",
    ),
)


def errors(path: str, text: str, *, like: str = "") -> int:
    """How many errors the code of a text has, read as what is *like* it, without its numbers."""
    tree = parsed(_NUMBER.sub("", like or text), by_path(path))
    assert tree is not None
    return errors_in(_NUMBER.sub("", text), tree)


def holds(text: str, reduced: Reduced) -> None:
    """Check that what stays is as it was, in its order, and that what is gone is named."""
    lines = text.split("\n")
    at = gone = 0
    for line in (reduced.before + reduced.after).split("\n"):
        if at < len(lines) and line == lines[at]:
            at += 1
            continue
        named = _GAP.search(line)
        assert named is not None, f"{line!r} stands neither in the text nor for a gap"
        first, last = int(named[1]), int(named[2] or named[1])
        assert (first, last) in reduced.gone_lines
        at += last - first + 1
        gone += last - first + 1
    assert at == len(lines)
    assert gone == reduced.gone
    assert reduced.of == len(lines)
