// The scenarios of the npm SDK `@anthropic-ai/sdk`: `node anthropic.mjs URL SCENARIO`.
// Prints one JSON value; what the provider says is scripted by tests/clients/test_npm.py.

import Anthropic from "@anthropic-ai/sdk";

const [url, scenario] = process.argv.slice(2);
const client = new Anthropic({ baseURL: url, apiKey: "key", maxRetries: 0 });

const asked = {
  model: "claude-sonnet-5-5",
  max_tokens: 64,
  messages: [{ role: "user", content: "Look at the files." }],
};

const tools = [
  {
    name: "list_files",
    description: "List the files of a folder.",
    input_schema: { type: "object", properties: { path: { type: "string" } } },
  },
];

const scenarios = {
  async create() {
    return await client.messages.create(asked);
  },

  async stream() {
    const stream = client.messages.stream({ ...asked, tools });
    const pieces = [];
    stream.on("text", (piece) => pieces.push(piece));
    const message = await stream.finalMessage();
    return { pieces, message };
  },

  async tools() {
    const first = await client.messages.stream({ ...asked, tools }).finalMessage();
    const results = first.content
      .filter((block) => block.type === "tool_use")
      .map((call) => ({
        type: "tool_result",
        tool_use_id: call.id,
        content: [{ type: "text", text: "a.py\nb.py\n".repeat(300) }],
      }));
    const second = await client.messages.create({
      ...asked,
      tools,
      messages: [
        ...asked.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: results },
      ],
    });
    return { first, second };
  },

  async failure() {
    try {
      await client.messages.create(asked);
    } catch (error) {
      return {
        exception: error.constructor.name,
        status: error.status,
        message: error.message,
        requestId: error.requestID,
        retryAfter: error.headers?.get("retry-after"),
      };
    }
  },

  async count() {
    return await client.messages.countTokens({ model: asked.model, messages: asked.messages });
  },

  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return ids;
  },
};

console.log(JSON.stringify((await scenarios[scenario]()) ?? null));
