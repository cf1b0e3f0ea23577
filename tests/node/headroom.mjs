// The scenarios of the original's npm SDK: `node headroom.mjs URL SCENARIO [KEY [PROVIDER_KEY [WORD]]]`.
// Prints one JSON value.

import { HeadroomClient } from "headroom-ai";

import { Declarations } from "./declared.mjs";

const [url, scenario, apiKey, providerApiKey, word] = process.argv.slice(2);
const client = new HeadroomClient({
  baseUrl: url,
  apiKey: apiKey || undefined,
  providerApiKey: providerApiKey || undefined,
  retries: 0,
  fallback: true,
});

const rows = Array.from({ length: 300 }, (_, id) => ({ id, level: "INFO", text: `request ${id}` }));
const call = { type: "function", id: "c", function: { name: "list", arguments: "{}" } };
const messages = [
  { role: "user", content: "Look." },
  { role: "assistant", content: null, tool_calls: [call] },
  { role: "tool", tool_call_id: "c", content: JSON.stringify(rows) },
];

const declared = new Declarations("node_modules/headroom-ai/dist/index.d.ts");

// Every method that reads a page of ours, and the interface that it promises, if any.
const pages = {
  health: ["HealthStatus", () => client.health()],
  proxyStats: ["ProxyStats", () => client.proxyStats()],
  getMetrics: ["RequestMetrics[]", () => client.getMetrics()],
  getSummary: ["MetricsSummary", () => client.getSummary()],
  getStats: ["SessionStats", () => client.getStats()],
  validateSetup: ["ValidationResult", () => client.validateSetup()],
  statsHistory: ["", () => client.statsHistory()],
  statsHistoryDaily: ["", () => client.statsHistory({ format: "json", series: "daily" })],
  prometheusMetrics: ["", () => client.prometheusMetrics()],
  memoryUsage: ["MemoryUsage", () => client.memoryUsage()],
  getCCRStats: ["CCRStats", () => client.getCCRStats()],
  telemetryStats: ["TelemetryStats", () => client.telemetry.getStats()],
  telemetryExport: ["", () => client.telemetry.export()],
  telemetryImport: ["", async () => client.telemetry.import(await client.telemetry.export())],
  telemetryTools: ["", () => client.telemetry.getTools()],
  telemetryTool: ["", async () => client.telemetry.getTool(await signature())],
  feedbackStats: ["", () => client.feedback.getStats()],
  feedbackHints: ["ToolHints", () => client.feedback.getHints("list")],
  toinStats: ["TOINStats", () => client.toin.getStats()],
  toinPatterns: ["TOINPattern[]", () => client.toin.getPatterns(5)],
  toinPattern: ["", async () => client.toin.getPattern((await client.toin.getPatterns())[0].hash)],
  clearCache: ["", () => client.clearCache()],
};

async function signature() {
  return Object.keys((await client.telemetry.getTools()).tools)[0];
}

async function read(name) {
  const [type, ask] = pages[name];
  try {
    const told = await ask();
    const [each, list] = type.endsWith("[]") ? [type.slice(0, -2), told] : [type, [told]];
    const differences = each ? list.flatMap((one) => declared.differences(each, one)) : [];
    return { told, differences };
  } catch (error) {
    return { raised: `${error.constructor.name}: ${error.message}` };
  }
}

const scenarios = {
  async pages() {
    const found = {};
    for (const name of Object.keys(pages)) found[name] = await read(name);
    return found;
  },

  async history() {
    try {
      return await client.statsHistory({ format: "json", series: word });
    } catch (error) {
      return { raised: error.message };
    }
  },

  // The first requests are counted once prices are known, a moment after they ended.
  async settled() {
    const until = Date.now() + 10_000;
    while ((await client.getStats()).totalRequests < 3 && Date.now() < until);
  },

  async failure() {
    try {
      await client.compress(messages, { model: "gpt-5" });
    } catch (error) {
      return { exception: error.constructor.name, message: error.message };
    }
  },

  async compress() {
    const compressed = await client.compress(messages, { model: "gpt-5" });
    const { status } = await client.health();
    const { originalContent } = await client.retrieve(compressed.ccrHashes[0]);
    return { compressed, health: status, original: originalContent };
  },

  async metrics() {
    const { process, components, totalTrackedBytes } = await client.memoryUsage();
    return { text: await client.prometheusMetrics(), process, components, totalTrackedBytes };
  },

  async message() {
    const asked = { model: "claude-opus-5-5", max_tokens: 99, messages: [{ role: "user", content: "Hi." }] };
    return (await client.messages.create(asked)).content[0].text;
  },

  async chat() {
    const asked = { model: "gpt-6.1-sol", messages: [{ role: "user", content: "Hi." }] };
    return (await client.chat.completions.create(asked)).choices[0].message.content;
  },
};

console.log(JSON.stringify((await scenarios[scenario]()) ?? null));
