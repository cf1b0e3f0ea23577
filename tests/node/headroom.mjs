// The scenarios of the original's npm SDK: `node headroom.mjs URL SCENARIO [KEY [PROVIDER_KEY]]`.
// Prints one JSON value.

import { HeadroomClient } from "headroom-ai";

const [url, scenario, apiKey, providerApiKey] = process.argv.slice(2);
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

const scenarios = {
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
