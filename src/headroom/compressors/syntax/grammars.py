"""The languages whose code can be folded: how their files end, what in them may be left out.

The grammars come with the extra `proxy`, one wheel for each language, and are imported when
the first code of that language is read.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Query


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language.

    *query* captures what may be left out: each `@body` of a function and its `@owner`; each
    `@list` of statements, items, cases or elements by which a long one is taken apart (but not
    Python's `@cases`); each `@docstring` and `@comment`.  *brackets* are the tokens that open
    and close.  What begins inside a class, a function, an argument or a condition parses behind
    the lines that open one.  *long_texts* are comments and strings of several lines, by what
    opens and closes them.
    """

    name: str
    package: str
    endings: tuple[str, ...]
    query: str
    brackets: str = '["{" "}" "(" ")" "[" "]"]'
    comment: str = "//"
    nothing: str = ""
    class_opening: str = ""
    function_opening: str = ""
    method_opening: str = ""
    callback_opening: str = "{"
    condition_opening: str = "if (x) {"
    long_texts: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    language: str = "language"


PYTHON = Grammar(
    name="python",
    package="tree_sitter_python",
    endings=("py", "pyi", "pyw"),
    query="""
        (function_definition body: (block) @body) @owner
        (match_statement body: (block) @cases)
        [(block) (dictionary) (list) (set) (tuple)] @list
        (module . (expression_statement (string) @docstring))
        (block . (expression_statement (string) @docstring))
        (comment) @comment
    """,
    brackets="",
    comment="#",
    nothing="...",
    class_opening="class _:",
    function_opening="def _():",
    long_texts=(('"""', '"""'),),
)

JAVASCRIPT = Grammar(
    name="javascript",
    package="tree_sitter_javascript",
    endings=("js", "jsx", "mjs", "cjs"),
    query="""
        [
            (function_declaration body: (statement_block) @body)
            (function_expression body: (statement_block) @body)
            (generator_function_declaration body: (statement_block) @body)
            (generator_function body: (statement_block) @body)
            (arrow_function body: (statement_block) @body)
            (method_definition body: (statement_block) @body)
        ] @owner
        [(statement_block) (switch_body) (object) (array) (jsx_element)] @list
        (comment) @comment
    """,
    brackets='["{" "${" "}" "(" ")" "[" "]" (jsx_opening_element) (jsx_closing_element)]',
    class_opening="class _ {",
    function_opening="function _() {",
    method_opening="_() {",
    callback_opening="() => {",
)
TSX = replace(
    JAVASCRIPT,
    name="tsx",
    package="tree_sitter_typescript",
    endings=("tsx",),
    language="language_tsx",
)
TYPESCRIPT = replace(
    TSX,
    name="typescript",
    endings=("ts", "mts", "cts"),
    query=JAVASCRIPT.query.replace("(jsx_element)", ""),
    brackets='["{" "${" "}" "(" ")" "[" "]"]',
    language="language_typescript",
)
GO = Grammar(
    name="go",
    package="tree_sitter_go",
    endings=("go",),
    query="""
        [
            (function_declaration body: (block) @body)
            (method_declaration body: (block) @body)
            (func_literal body: (block) @body)
        ] @owner
        [(block) (literal_value)] @list
        [(expression_switch_statement) (type_switch_statement) (select_statement)] @list
        (comment) @comment
    """,
    function_opening="func _() {",
    callback_opening="func() {",
    condition_opening="if x {",
)
RUST = Grammar(
    name="rust",
    package="tree_sitter_rust",
    endings=("rs",),
    query="""
        [
            (function_item body: (block) @body)
            (closure_expression body: (block) @body)
        ] @owner
        [(block) (match_block) (array_expression)] @list
        [(line_comment) (block_comment)] @comment
    """,
    class_opening="impl X {",
    function_opening="fn x() {",
    callback_opening="|| {",
    condition_opening="if x {",
)
JAVA = Grammar(
    name="java",
    package="tree_sitter_java",
    endings=("java",),
    query="""
        [
            (method_declaration body: (block) @body)
            (constructor_declaration body: (constructor_body) @body)
            (compact_constructor_declaration body: (block) @body)
            (lambda_expression body: (block) @body)
            (static_initializer (block) @body)
        ] @owner
        [(block) (switch_block) (array_initializer)] @list
        [(line_comment) (block_comment)] @comment
    """,
    class_opening="class X {",
    function_opening="void x() {",
    callback_opening="() -> {",
)
C = Grammar(
    name="c",
    package="tree_sitter_c",
    endings=("c", "h"),
    query="""
        (function_definition body: (compound_statement) @body) @owner
        [(compound_statement) (initializer_list)] @list
        (comment) @comment
    """,
    function_opening="void x() {",
)
CPP = Grammar(
    name="cpp",
    package="tree_sitter_cpp",
    endings=("cc", "cpp", "cxx", "c++", "h", "hh", "hpp", "hxx", "inl", "ipp", "tpp", "cu", "cuh"),
    query="""
        [
            (function_definition body: (compound_statement) @body)
            (lambda_expression body: (compound_statement) @body)
        ] @owner
        [(compound_statement) (initializer_list)] @list
        (comment) @comment
    """,
    class_opening="class X {",
    function_opening="void x() {",
    callback_opening="[]() {",
)

GRAMMARS = (PYTHON, JAVASCRIPT, TYPESCRIPT, TSX, GO, RUST, JAVA, C, CPP)


@cache
def loaded(grammar: Grammar) -> Language | None:
    """The parser's tables of a language, or None where its wheel is not installed."""
    try:
        from tree_sitter import Language  # noqa: PLC0415  (an extra, imported when used)

        module = importlib.import_module(grammar.package)
    except ImportError:
        return None
    return Language(getattr(module, grammar.language)())


@cache
def parts_query(grammar: Grammar) -> Query:
    """What of this language may be left out, as the grammar's own query."""
    return _query(grammar, grammar.query)


@cache
def brackets_query(grammar: Grammar) -> Query:
    """The tokens that open and close."""
    return _query(grammar, f"{grammar.brackets} @bracket")


def _query(grammar: Grammar, source: str) -> Query:
    from tree_sitter import Query  # noqa: PLC0415  (as above)

    language = loaded(grammar)
    assert language is not None
    return Query(language, source)
