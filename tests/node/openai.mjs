// The scenarios of the npm SDK `openai`: `node openai.mjs URL SCENARIO`.
// Prints one JSON value; what the provider says is scripted by tests/clients/test_npm.py.

import OpenAI from "openai";

const [url, scenario] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "key", maxRetries: 0 });

const model = "gpt-6.1-sol";
const messages = [{ role: "user", content: "Look at the files." }];
const parameters = { type: "object", properties: { path: { type: "string" } } };
const tools = [{ type: "function", function: { name: "list_files", parameters } }];
const flatTools = [{ type: "function", name: "list_files", parameters, strict: false }];

const scenarios = {
  async create() {
    return await client.chat.completions.create({ model, messages });
  },

  async stream() {
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    return {
      text: chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? "").join(""),
      usage: chunks.at(-1).usage,
    };
  },

  async tools() {
    const completion = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
    const first = completion.choices[0].message;
    const results = first.tool_calls.map((call) => ({
      role: "tool",
      tool_call_id: call.id,
      content: "a.py\nb.py\n".repeat(300),
    }));
    const second = await client.chat.completions.create({
      model,
      tools,
      messages: [...messages, first, ...results],
    });
    return { first, second };
  },

  async failure() {
    try {
      await client.chat.completions.create({ model, messages });
    } catch (error) {
      return {
        exception: error.constructor.name,
        status: error.status,
        message: error.message,
        code: error.code,
        requestId: error.requestID,
        retryAfter: error.headers?.get("retry-after"),
      };
    }
  },

  async responses() {
    const first = await client.responses.create({ model, input: "Look.", tools: flatTools });
    const call = first.output.find((item) => item.type === "function_call");
    const stream = client.responses.stream({
      model,
      tools: flatTools,
      previous_response_id: first.id,
      input: [
        { type: "function_call_output", call_id: call.call_id, output: "a.py\nb.py\n".repeat(300) },
      ],
    });
    const numbers = [];
    for await (const event of stream) numbers.push(event.sequence_number);
    return { first, second: await stream.finalResponse(), numbers };
  },

  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return ids;
  },

  async embeddings() {
    const reply = await client.embeddings.create({ model: "text-embedding-3-small", input: "hello" });
    return reply.data[0].embedding;
  },
};

console.log(JSON.stringify((await scenarios[scenario]()) ?? null));
