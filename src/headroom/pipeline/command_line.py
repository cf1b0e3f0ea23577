"""What a shell command line does: only shows something, runs something that can be run again.

Read far enough for that, no further: words, quotes, what joins commands, where output goes.
Whatever is not understood does neither.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

LONGEST_READ = 4_000
LONGEST_LINE = 20_000
"""With its here-documents."""
DEEPEST_SHELL = 2

Doing = Literal["", "shows", "runs"]
"""`runs`: it may write files of its own, but running it again does no harm that it has not done:
tests, builds, installations, the agent's own scripts."""

_JOINTS = "();<>|&\n"
_ASSIGNMENT = re.compile(r"\w{1,100}=")
_DOCUMENT = re.compile(r"<<-?\s{0,4}['\"]?(\w{1,40})['\"]?")
_PROGRAM = re.compile(r"[\w./~\\+-]{2,200}")
_NOWHERE = ("/dev/null", "$null", "1", "2")
_WRAPPERS = frozenset({"timeout", "time", "sudo", "env", "nohup", "stdbuf", "nice", "command"})
_SHELLS = frozenset({"bash", "sh", "zsh"})

_NEUTRAL = frozenset(
    {
        *("cd", "pushd", "popd", "echo", "printf", "true", "false", "set", "export", "pwd", "test"),
        *("source", ".", "clear", "sleep", "wait", "which", "type", "date", "whoami", "[", "unset"),
        *(
            "mkdir",
            "touch",
            "set-location",
            "write-host",
            "write-output",
            "get-location",
            "activate",
            "exit",
        ),
    }
)
_SHOWING = frozenset(
    {
        *("cat", "head", "tail", "less", "more", "nl", "sed", "jq", "yq", "sort", "uniq", "cut"),
        *("grep", "egrep", "fgrep", "rg", "ag", "find", "fd", "ls", "tree", "wc", "tr", "column"),
        *("xmllint", "xxd", "hexdump", "od", "strings", "stat", "file", "du", "df", "ps", "awk"),
        *("diff", "cmp", "bat", "zcat", "env", "printenv", "lsof", "netstat", "ss", "uname", "id"),
        *("objdump", "readelf", "nm", "ldd", "base64", "sha256sum", "md5sum", "zgrep", "pdftotext"),
        *("get-content", "gc", "get-childitem", "gci", "dir", "select-string", "findstr"),
        *("select-object", "where-object", "sort-object", "format-table", "format-list"),
        *("measure-object", "out-string", "get-process", "convertfrom-json", "convertto-json"),
        # The commands of agents that bring a shell of their own.
        *("open", "goto", "scroll_up", "scroll_down", "find_file", "search_dir", "search_file"),
        *("view",),
    }
)
_SHOWING_PARTS: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "git": (
            *("log", "show", "diff", "status", "blame", "grep", "ls-files", "ls-tree", "shortlog"),
            *("rev-parse", "rev-list", "describe", "cat-file", "reflog"),
        ),
        "docker": ("ps", "images", "logs", "inspect", "stats", "top", "version", "info"),
        "kubectl": ("get", "describe", "logs", "top", "explain", "version"),
        "npm": ("ls", "list", "view", "outdated", "explain"),
        "pip": ("list", "show", "freeze"),
        "pip3": ("list", "show", "freeze"),
        "cargo": ("tree", "metadata"),
        "go": ("list", "doc", "env"),
        "gh": ("issue", "pr", "run", "repo", "release", "search"),
        "systemctl": ("status", "list-units", "cat", "show"),
    }
)
_RUNNING = frozenset(
    {
        *("pytest", "py.test", "tox", "nox", "python", "python3", "node", "deno", "bun", "npx"),
        *(
            "jest",
            "vitest",
            "mocha",
            "tsc",
            "eslint",
            "ruff",
            "mypy",
            "pyright",
            "flake8",
            "pylint",
        ),
        *("make", "cmake", "ninja", "ctest", "gradle", "gradlew", "mvn", "mvnw", "dotnet"),
        "bazel",
        *("rustc", "gcc", "g++", "cc", "clang", "clang++", "javac", "java", "ponyc", "swift"),
        *("conda", "mamba", "bundle", "rspec", "rake", "composer", "phpunit", "ruby", "perl"),
        *("wget", "tar", "unzip", "strace", "ltrace", "gdb"),
    }
)
_RUNNING_PARTS: Mapping[str, Collection[str]] = MappingProxyType(
    {
        "npm": ("install", "i", "ci", "test", "t", "run", "run-script", "audit", "start"),
        "yarn": ("install", "test", "build", "run", "lint", "add"),
        "pnpm": ("install", "i", "test", "run", "build", "lint", "add"),
        "cargo": ("build", "test", "check", "clippy", "run", "bench", "fetch", "doc"),
        "go": ("build", "test", "vet", "run", "mod", "generate"),
        "pip": ("install", "download", "wheel"),
        "pip3": ("install", "download", "wheel"),
        "uv": ("sync", "pip", "run", "lock"),
        "poetry": ("install", "run", "lock"),
        "apt-get": ("install", "update"),
        "apt": ("install", "update"),
        "docker": ("build", "pull"),
    }
)
# What the name of a program that is not known here, or an argument to it, says of doing more.
_GRAVE = re.compile(
    r"(?i)deploy|release|publish|migrat|push|delet|drop|destroy|remove|reset|clean|purge|send|pay"
    r"|submit|upload|apply|install|register|commit|kill|stop|start|restart|create|add|insert"
    r"|update|edit|write|\bset\b|\bput\b|post|patch|merge|move|rename|revert|scale|charge|mail"
)
_KEPT_FROM = frozenset(
    {
        *(
            "rm",
            "mv",
            "cp",
            "ln",
            "chmod",
            "chown",
            "dd",
            "tee",
            "truncate",
            "shred",
            "mkfs",
            "git",
        ),
        *("docker", "podman", "kubectl", "helm", "terraform", "aws", "gcloud", "az", "ssh", "scp"),
        *("rsync", "systemctl", "service", "crontab", "shutdown", "reboot", "npm", "yarn", "pnpm"),
        *("pip", "pip3", "uv", "poetry", "cargo", "go", "apt", "apt-get", "gh", "twine", "heroku"),
        *("vercel", "netlify", "flyctl", "stripe", "redis-cli", "mongo", "mongosh", "eval", "exec"),
        *("xargs", "parallel", "nc", "telnet", "ftp", "sftp", "if", "for", "while"),
    }
)
"""Commands that do many things, of which only those that are known may be done again."""
_WRITES_TABLES = re.compile(
    r"(?i)\b(?:insert|update|delete|drop|alter|create|truncate|replace|grant|vacuum|copy)\b"
)
_DATABASES = frozenset({"sqlite3", "psql", "mysql", "duckdb"})
# Beyond these a command that usually shows something does something else.
_CHANGES = frozenset({"--in-place", "-delete", "-exec", "-execdir", "-ok", "-fprint"})
_EDITORS = frozenset({"sed", "perl", "yq", "ruby"})
_SUBMITS = re.compile(r"-(?:X|d|F|T|o|O)|--(?:request|data|form|upload|output|json|remote-name)")
# What is sent there asks for something: searches are posted.
_ASKS = re.compile(r"(?i)^\S*[/:$\w]/(?:_?search|query|graphql|lookup|retrieve)\b")
_CHANGING_PARTS = frozenset({"create", "close", "merge", "delete", "edit", "comment", "rerun"})


def doing(line: str) -> Doing:
    """What the whole of this command line does."""
    return _doing(line, 0)


def commands_of(line: str) -> list[list[str]] | None:
    """The words of each command in it, redirections left out; None when it is not understood,
    or when output goes to a file.
    """
    line = _without_documents(line) if len(line) <= LONGEST_LINE else ""
    if len(line) > LONGEST_READ or "`" in line or "$(" in line:
        return None
    reader = shlex.shlex(line, posix=True, punctuation_chars=_JOINTS)
    reader.whitespace = " \t\r"
    reader.whitespace_split = True
    reader.commenters = ""
    try:
        words = list(reader)
    except ValueError:
        return None
    return _split(words)


def program_names(line: str) -> list[str]:
    """The programs that this command line runs, with their part (`git log`); none twice.

    Only names that are known here: what an agent's own script is called is content.
    """
    names = (_program_name(list(_unwrapped(words))) for words in commands_of(line) or ())
    return list(dict.fromkeys(name for name in names if name))


def _without_documents(line: str) -> str:
    """The line without here-documents, which are what a command is told, not commands."""
    pieces: list[str] = []
    while found := _DOCUMENT.search(line):
        pieces.append(line[: found.start()])
        ending = f"\n{found[1]}\n"
        body, closed, line = f"{line[found.end() :]}\n".partition(ending)
        pieces.append(body.partition("\n")[0] + "\n")
        if not closed:
            break
    return "".join((*pieces, line))


def _split(words: Sequence[str]) -> list[list[str]] | None:
    commands: list[list[str]] = [[]]
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.strip(_JOINTS):
            commands[-1].append(word)
        elif "(" in word and word != "(":
            return None
        elif ">" in word:
            if at >= len(words) or words[at].lower() not in _NOWHERE:
                return None
            # The number before it says which stream; the word behind it, where it goes.
            at += 1
            if commands[-1] and commands[-1][-1].isdigit():
                commands[-1].pop()
        elif "<" in word:
            at += 1
        elif commands[-1]:
            commands.append([])
    return [command for command in commands if command and not command[0].startswith("#")]


def _doing(line: str, depth: int) -> Doing:
    commands = commands_of(line)
    if not commands:
        return ""
    done = [_one(command, depth) for command in commands]
    told = [each for each in done if each != "neutral"]
    if not told or "" in told:
        return ""
    return "runs" if "runs" in told else "shows"


def _one(words: Sequence[str], depth: int) -> Literal["", "shows", "runs", "neutral"]:
    words = list(_unwrapped(words))
    if not words:
        return "neutral"
    command = words[0].replace("\\", "/").rpartition("/")[2].lower()
    if command in _SHELLS:
        return _in_shell(words[1:], depth)
    part = next((word for word in words[1:] if not word.startswith("-")), "")
    if command in _SHOWING or part in _SHOWING_PARTS.get(command, ()):
        return "" if _changes(words) else "shows"
    if command in _EDITORS and _changes(words):
        return ""
    if command in _RUNNING or part in _RUNNING_PARTS.get(command, ()):
        return "runs"
    if command in _NEUTRAL:
        return "neutral"
    return _by_itself(command, words)


def _by_itself(command: str, words: Sequence[str]) -> Doing:
    """What a command does that has rules of its own, or no name that is known."""
    if command == "curl":
        submits = any(_SUBMITS.match(word) for word in words[1:])
        return "" if submits and not any(map(_ASKS.search, words[1:])) else "shows"
    if command in _DATABASES:
        asks = any("select" in word.lower() for word in words[1:])
        return "shows" if asks and not any(map(_WRITES_TABLES.search, words[1:])) else ""
    if command in _KEPT_FROM or any(map(_GRAVE.search, words)):
        return ""
    return "runs" if _PROGRAM.fullmatch(words[0]) else ""


def _in_shell(words: Sequence[str], depth: int) -> Doing:
    """`bash -lc "…"` does what the text in it does; `bash run.sh` runs something."""
    option = next((at for at, word in enumerate(words) if re.fullmatch(r"-\w*c", word)), None)
    if option is None:
        return "runs" if words and not words[0].startswith("-") else ""
    if depth >= DEEPEST_SHELL:
        return ""
    inner = words[option + 1 :]
    # Joined from a list of words, the text stands there without its quotes.
    return _doing(inner[0] if len(inner) == 1 else " ".join(inner), depth + 1)


def _unwrapped(words: Sequence[str]) -> Iterator[str]:
    """Without `VAR=value`, `timeout 60` and the like before the command itself."""
    at = 0
    while at < len(words):
        word = words[at].lower()
        is_argument = at > 0 and re.fullmatch(r"-\S{1,20}|[0-9.]{1,8}[smh]?", word)
        if not (word in _WRAPPERS or _ASSIGNMENT.match(word) or is_argument):
            break
        at += 1
    yield from words[at:]


def _changes(words: Sequence[str]) -> bool:
    if words[0] == "gh" and _CHANGING_PARTS.intersection(words):
        return True
    if words[0] in _EDITORS and any(word.startswith("-i") for word in words[1:]):
        return True
    return any(word in _CHANGES or word.startswith("--in-place=") for word in words)


def _program_name(words: Sequence[str]) -> str:
    """`git log`, `pytest`; empty for what only prepares, `other` for what is not known."""
    if not words:
        return ""
    program = words[0].replace("\\", "/").rpartition("/")[2].lower()
    if program in _SHELLS:
        at = next((at for at, word in enumerate(words) if re.fullmatch(r"-\w*c", word)), None)
        inner = words[at + 1 :] if at is not None else ()
        return ", ".join(program_names(inner[0])) if len(inner) == 1 else program
    if program in _NEUTRAL:
        return ""
    parts = (*_SHOWING_PARTS.get(program, ()), *_RUNNING_PARTS.get(program, ()))
    part = next((word for word in words[1:] if not word.startswith("-")), "")
    if part in parts:
        return f"{program} {part}"
    is_known = program in _SHOWING | _RUNNING | _KEPT_FROM | _DATABASES or bool(parts)
    return program if is_known or program == "curl" else "other"
