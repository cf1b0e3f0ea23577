// What a package's declarations (`.d.ts`) say of a value: `differences("ProxyStats", value)` lists
// each member that is missing or of another type.  Reads plain interfaces: members, records,
// arrays, unions, literals.

import { readFileSync } from "node:fs";

const TOKEN = /\/\*[\s\S]*?\*\/|[A-Za-z_$][\w$]*|"[^"]*"|\d+|[{}[\]<>|:;?,()]/g;

export class Declarations {
  constructor(file) {
    this.text = readFileSync(file, "utf-8");
  }

  differences(name, value) {
    const source = new RegExp(`^interface ${name} (\\{[\\s\\S]*?^\\})`, "m").exec(this.text);
    if (source === null) throw new Error(`no interface ${name} is declared`);
    const tokens = source[1].match(TOKEN).filter((one) => !one.startsWith("/*"));
    return [...compared(parsed(tokens), value, name)];
  }
}

function parsed(tokens) {
  const options = [];
  do {
    if (tokens[0] === "|") tokens.shift();
    options.push(item(tokens));
  } while (tokens[0] === "|");
  return options.length > 1 ? { options } : options[0];
}

function item(tokens) {
  let type = one(tokens);
  while (tokens[0] === "[" && tokens[1] === "]") {
    tokens.splice(0, 2);
    type = { items: type };
  }
  return type;
}

function one(tokens) {
  const token = tokens.shift();
  if (token === "{") return members(tokens);
  if (token !== "Record" && token !== "Array") return { name: token };
  tokens.shift();
  const type = parsed(tokens);
  if (token === "Array") return tokens.shift(), { items: type };
  tokens.shift();
  const values = parsed(tokens);
  tokens.shift();
  return { values };
}

function members(tokens) {
  const found = {};
  while (tokens[0] !== "}") {
    const name = tokens.shift();
    const optional = tokens[0] === "?";
    if (optional) tokens.shift();
    tokens.shift();
    found[name] = { type: parsed(tokens), optional };
    if (tokens[0] === ";" || tokens[0] === ",") tokens.shift();
  }
  tokens.shift();
  return { members: found };
}

function* compared(type, value, path) {
  if (type.options) {
    if (!type.options.some((each) => compared(each, value, path).next().done)) yield path;
  } else if (type.items) {
    if (!Array.isArray(value)) return yield path;
    for (const [place, each] of value.entries()) yield* compared(type.items, each, `${path}[${place}]`);
  } else if (type.values || type.members) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return yield path;
    if (type.values) {
      for (const [name, each] of Object.entries(value)) yield* compared(type.values, each, `${path}.${name}`);
      return;
    }
    for (const [name, { type: wanted, optional }] of Object.entries(type.members)) {
      if (value[name] !== undefined) yield* compared(wanted, value[name], `${path}.${name}`);
      else if (!optional) yield `${path}.${name}`;
    }
  } else if (type.name !== "any") {
    const isSo =
      type.name === "null" ? value === null
      : type.name.startsWith('"') ? value === JSON.parse(type.name)
      : typeof value === type.name;
    if (!isSo) yield path;
  }
}
