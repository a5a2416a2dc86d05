/** Read server-sent events off a body. `EventSource` would not say why it was refused. */

export interface Message {
  /** Position in the log; also of messages without data, which are heartbeats. */
  id: string | null;
  event: string;
  data: string;
}

/** Give each message once it is whole; `onText` hears of each part that comes. */
export async function* messages(
  body: ReadableStream<Uint8Array>,
  onText: () => void,
): AsyncGenerator<Message> {
  let rest = "";
  for await (const text of texts(body)) {
    onText();
    const parts = (rest + text).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield message(part);
  }
}

async function* texts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function message(text: string): Message {
  const read: Message = { id: null, event: "message", data: "" };
  for (const line of text.split("\n")) {
    const [field, value] = divided(line);
    if (field === "id") read.id = value;
    else if (field === "event") read.event = value;
    else if (field === "data") read.data += value;
  }
  return read;
}

function divided(line: string): [string, string] {
  const at = line.indexOf(":");
  if (at < 0) return [line, ""];
  return [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
}
