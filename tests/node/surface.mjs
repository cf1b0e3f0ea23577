// The whole surface of the original's npm SDK: `node surface.mjs URL SCENARIO [KEY [WORD]]`.
// Prints one JSON value.  `names` says what it exports; each of them is tried here
// or in headroom.mjs: see COVERED in tests/clients/test_npm_surface.py.

import { createServer } from "node:http";

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenerativeAI } from "@google/generative-ai";
import { generateText, streamText, wrapLanguageModel } from "ai";
import * as sdk from "headroom-ai";
import * as anthropicAdapter from "headroom-ai/anthropic";
import * as geminiAdapter from "headroom-ai/gemini";
import * as openaiAdapter from "headroom-ai/openai";
import * as vercelAdapter from "headroom-ai/vercel-ai";
import OpenAI from "openai";

const [url, scenario, apiKey, word] = process.argv.slice(2);
const here = { baseUrl: url, apiKey: apiKey || undefined, retries: 0, fallback: false };
const client = new sdk.HeadroomClient({ ...here, providerApiKey: "sk-provider" });

const rows = Array.from({ length: 300 }, (_, id) => ({ id, level: "INFO", text: `request ${id}` }));
const text = JSON.stringify(rows);
const call = { type: "function", id: "c", function: { name: "list", arguments: "{}" } };
const openai = [
  { role: "user", content: "Look." },
  { role: "assistant", content: null, tool_calls: [call] },
  { role: "tool", tool_call_id: "c", content: text },
];
const anthropic = [
  { role: "user", content: "Look." },
  { role: "assistant", content: [{ type: "tool_use", id: "c", name: "list", input: {} }] },
  { role: "user", content: [{ type: "tool_result", tool_use_id: "c", content: text }] },
];
const vercel = [
  { role: "user", content: [{ type: "text", text: "Look." }] },
  { role: "assistant", content: [{ type: "tool-call", toolCallId: "c", toolName: "list", input: {} }] },
  {
    role: "tool",
    content: [
      { type: "tool-result", toolCallId: "c", toolName: "list", output: { type: "text", value: text } },
    ],
  },
];
const gemini = [
  { role: "user", parts: [{ text: "Look." }] },
  { role: "model", parts: [{ functionCall: { name: "list", args: {} } }] },
  { role: "user", parts: [{ functionResponse: { name: "list", response: { result: text } } }] },
];
const claude = { model: "claude-opus-5-5", max_tokens: 99 };
const gpt = { model: "gpt-6.1-sol" };
const options = { ...here, model: "gpt-5" };

async function raised(ask) {
  try {
    return { told: await ask() };
  } catch (error) {
    const { name, message, statusCode, errorType, details } = error;
    return { raised: name, message, statusCode, errorType, details };
  }
}

// A proxy that says one thing; it counts how often it was asked and remembers the last headers.
async function against(status, body, ask) {
  const seen = { times: 0 };
  const server = createServer((request, response) => {
    seen.times += 1;
    seen.headers = request.headers;
    request.resume().on("end", () => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const answered = await raised(() => ask(`http://127.0.0.1:${server.address().port}`));
  server.closeAllConnections();
  server.close();
  return { ...answered, ...seen };
}

const gone = "http://127.0.0.1:9";

const scenarios = {
  names() {
    const of = (one) => Object.keys(one).sort();
    const methods = (one) => Object.getOwnPropertyNames(one.prototype).filter((name) => name !== "constructor");
    return {
      index: of(sdk),
      openai: of(openaiAdapter),
      anthropic: of(anthropicAdapter),
      gemini: of(geminiAdapter),
      "vercel-ai": of(vercelAdapter),
      client: methods(sdk.HeadroomClient),
      completions: methods(client.chat.completions.constructor),
      messages: methods(client.messages.constructor),
      telemetry: of(client.telemetry),
      feedback: of(client.feedback),
      toin: of(client.toin),
      context: methods(sdk.SharedContext),
      hooks: methods(sdk.CompressionHooks),
    };
  },

  // Every dialect that it takes comes back as it was, shorter.
  async formats() {
    const told = {};
    for (const [name, messages] of Object.entries({ openai, anthropic, vercel, gemini })) {
      const result = await sdk.compress(messages, options);
      told[name] = { ...result, format: sdk.detectFormat(messages), roles: result.messages.map((one) => one.role), keys: Object.keys(result.messages[2]) };
      told[name].returned = JSON.stringify(sdk.fromOpenAI(sdk.toOpenAI(messages), sdk.detectFormat(messages))) === JSON.stringify(messages);
      delete told[name].messages;
    }
    return told;
  },

  async budget() {
    const words = (seed) => Array.from({ length: 150 }, (_, id) => `w${(id * 7919 * seed) % 1009}`).join(" ");
    const long = Array.from({ length: 60 }, (_, id) => ({ role: id % 2 ? "assistant" : "user", content: words(id + 1) }));
    const result = await sdk.compress(long, { ...options, tokenBudget: 8000 });
    return { without: (await sdk.compress(long, options)).tokensAfter, with: result.tokensAfter };
  },

  async config() {
    const config = { smartCrusher: { maxItemsAfterCrush: 10 }, ccr: { enabled: true }, defaultMode: "optimize" };
    return new sdk.HeadroomClient({ ...here, config }).compress(openai, { model: "gpt-5" });
  },

  async hooks() {
    const heard = [];
    class Hooks extends sdk.CompressionHooks {
      preCompress(messages, context) { heard.push(["pre", context]); return super.preCompress(messages, context); }
      computeBiases(messages, context) { heard.push(["biases", messages.length]); return super.computeBiases(messages, context); }
      postCompress(event) { heard.push(["post", event]); }
    }
    await sdk.compress(openai, { ...options, hooks: new Hooks() });
    return heard;
  },

  async simulate() {
    const before = await client.proxyStats();
    const told = [
      await sdk.simulate(openai, { ...here, model: "gpt-5", config: { ccr: { enabled: true } } }),
      await client.chat.completions.simulate({ model: "gpt-5", messages: openai }),
      await client.messages.simulate({ model: "claude-opus-5-5", messages: anthropic }),
    ];
    return { told, before, after: await client.proxyStats() };
  },

  async retrieve() {
    const { ccrHashes: [hash] } = await client.compress(openai, { model: "gpt-5" });
    const input = { hash };
    return {
      whole: await client.retrieve(hash),
      found: await client.retrieve(hash, { query: "request 77" }),
      missing: await raised(() => client.retrieve("0".repeat(24))),
      wrong: await raised(() => client.retrieve("abc")),
      anthropic: await client.handleToolCall({ toolCall: { id: "t", name: "headroom_retrieve", input } }),
      openai: await client.handleToolCall({ provider: "openai", toolCall: { id: "t", type: "function", function: { name: "headroom_retrieve", arguments: JSON.stringify(input) } } }),
      unknown: await client.handleToolCall({ toolCall: { id: "t", name: "headroom_retrieve", input: { hash: "0".repeat(24) } } }),
    };
  },

  async errors() {
    const compress = (more = {}) => (baseUrl) => sdk.compress(openai, { ...options, baseUrl, ...more });
    const said = (type) => ({ error: { type, message: "As it was said." } });
    const types = ["configuration_error", "provider_error", "storage_error", "tokenization_error", "cache_error", "validation_error", "transform_error", "anything"];
    const mapped = {};
    for (const type of types) mapped[type] = sdk.mapProxyError(503, type, "m").constructor.name;
    return {
      mapped,
      tree: [sdk.HeadroomAuthError, sdk.HeadroomConnectionError, sdk.ConfigurationError].every((one) => new one("m") instanceof sdk.HeadroomError),
      badModel: await raised(() => client.compressRaw({ messages: openai })),
      badMessages: await raised(() => sdk.compress([5], options)),
      kept503: await against(503, said("compression_error"), compress({ retries: 2 })),
      fellBack503: await against(503, said("compression_error"), compress({ fallback: true, retries: 1 })),
      stopped400: await against(400, said("invalid_request"), compress({ fallback: true, retries: 2 })),
      stopped401: await against(401, said("x"), compress({ fallback: true, retries: 2 })),
      refused: await raised(() => compress({ retries: 1 })(gone)),
      fellBack: await raised(() => compress({ fallback: true })(gone)),
      stack: (await against(200, {}, compress({ stack: "a_stack" }))).headers["x-headroom-stack"],
      noPage: await raised(() => client.rawFetch("/v1/feedback/", { method: "PUT" })),
    };
  },

  async clients() {
    const streamed = await sdk.collectStream(await client.chat.completions.create({ ...gpt, messages: openai, stream: true }));
    const events = await sdk.collectStream(await client.messages.stream({ ...claude, messages: anthropic }));
    const { content } = await client.messages.create({ model: claude.model, messages: anthropic });
    const audited = await client.chat.completions.create({ ...gpt, messages: openai, headroomMode: word || "audit" });
    const failed = await raised(() => new sdk.HeadroomClient(here).messages.create({ ...claude, messages: [] }));
    client.close();
    return {
      chat: streamed.map((one) => one.choices?.[0]?.delta?.content ?? "").join(""),
      messages: events.filter((one) => one.type === "content_block_delta").map((one) => one.delta.text ?? "").join(""),
      created: content[0].text,
      audited: audited.choices[0].message.content,
      failed,
    };
  },

  async openai() {
    const wrapped = openaiAdapter.withHeadroom(new OpenAI({ baseURL: `${url}/v1`, apiKey: "k" }), here);
    const whole = await wrapped.chat.completions.create({ ...gpt, messages: openai });
    const stream = await wrapped.chat.completions.create({ ...gpt, messages: openai, stream: true });
    const pieces = (await sdk.collectStream(stream)).map((one) => one.choices[0]?.delta?.content ?? "");
    return { whole: whole.choices[0].message.content, streamed: pieces.join(""), models: (await wrapped.models.list()).data.length };
  },

  async anthropic() {
    const wrapped = anthropicAdapter.withHeadroom(new Anthropic({ baseURL: url, apiKey: "k" }), here);
    const whole = await wrapped.messages.create({ ...claude, messages: anthropic });
    const stream = await wrapped.messages.create({ ...claude, messages: anthropic, stream: true });
    const pieces = (await sdk.collectStream(stream)).map((one) => one.delta?.text ?? "");
    return { whole: whole.content[0].text, streamed: pieces.join("") };
  },

  // The provider stands here: what it was sent is what the adapter made of our reply.
  async gemini() {
    const asked = [];
    const reply = { candidates: [{ content: { role: "model", parts: [{ text: "Done." }] }, finishReason: "STOP" }] };
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => (body += piece)).on("end", () => {
        asked.push(JSON.parse(body).contents);
        const streams = request.url.includes("stream");
        response.writeHead(200, { "content-type": streams ? "text/event-stream" : "application/json" });
        response.end(streams ? `data: ${JSON.stringify(reply)}\r\n\r\n` : JSON.stringify(reply));
      });
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    const baseUrl = `http://127.0.0.1:${server.address().port}`;
    const model = geminiAdapter.withHeadroom(new GoogleGenerativeAI("k").getGenerativeModel({ model: "gemini-3-pro" }, { baseUrl }), here);
    const whole = await model.generateContent({ contents: gemini });
    const { stream } = await model.generateContentStream({ contents: gemini });
    const pieces = (await sdk.collectStream(stream)).map((one) => one.text());
    server.closeAllConnections();
    server.close();
    return { whole: whole.response.text(), streamed: pieces.join(""), sizes: asked.map((one) => JSON.stringify(one).length), size: JSON.stringify(gemini).length };
  },

  async vercel() {
    const openaiModel = createOpenAI({ baseURL: `${url}/v1`, apiKey: "k" }).chat(gpt.model);
    const anthropicModel = createAnthropic({ baseURL: `${url}/v1`, apiKey: "k" })(claude.model);
    const middle = wrapLanguageModel({ model: openaiModel, middleware: vercelAdapter.headroomMiddleware(here) });
    const wrapped = vercelAdapter.withHeadroom(anthropicModel, here);
    const told = await vercelAdapter.compressVercelMessages(vercel, options);
    return {
      middleware: (await generateText({ model: middle, messages: vercel })).text,
      wrapped: (await generateText({ model: wrapped, messages: vercel })).text,
      streamed: await streamText({ model: wrapped, messages: vercel }).text,
      saved: told.tokensSaved,
      roles: told.messages.map((one) => one.role),
    };
  },

  async context() {
    const entryOf = ({ original, compressed, ...told }) => ({ ...told, same: original === compressed });
    const shared = new sdk.SharedContext({ ...here, model: "gpt-5", maxEntries: 2 });
    await shared.put("a", text, { agent: "one" });
    await shared.put("b", "short");
    const told = { entry: entryOf(shared.getEntry("a")), full: shared.get("a", { full: true }) === text, b: shared.get("b"), none: shared.get("c"), keys: shared.keys(), stats: shared.stats() };
    await shared.put("c", "third");
    const left = shared.keys();
    shared.clear();
    return { ...told, left, cleared: shared.keys() };
  },

  // What asks nobody: here to see that it is there, and runs.
  async local() {
    const response = new Response('data: {"a": 1}\n\ndata: [DONE]\n');
    const paths = {};
    for (const name of Object.keys(sdk).filter((one) => /(Dir|Path|Root)$/.test(one) && !one.startsWith("plugin"))) {
      paths[name] = name === "beaconLockPath" ? sdk[name](1) : sdk[name]();
    }
    return {
      query: sdk.extractUserQuery(openai),
      turns: sdk.countTurns(openai),
      calls: sdk.extractToolCalls(openai),
      cases: [sdk.snakeToCamel("a_b"), sdk.camelToSnake("aB"), sdk.deepCamelCase({ a_b: [{ c_d: 1 }] }), sdk.deepSnakeCase({ aB: 1 })],
      events: await sdk.collectStream(sdk.parseSSE(response)),
      plugins: [sdk.pluginConfigDir("x"), sdk.pluginWorkspaceDir("x")],
      paths: Object.keys(paths).length,
      variables: Object.keys(sdk).filter((one) => one.endsWith("_ENV")),
    };
  },
};

console.log(JSON.stringify((await scenarios[scenario]()) ?? null));
