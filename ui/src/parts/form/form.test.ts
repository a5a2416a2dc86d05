import { describe, expect, test } from "vitest";
import { readJson, writeJson } from "../../api/exact";
import {
  type BlockDraft,
  dataOf,
  draftsOf,
  inputAt,
  type ListDraft,
  type SecretDraft,
  type TextDraft,
} from "./draft";
import { fieldsOf, type Schema } from "./schema";

const SECRET: Schema = { type: "string", format: "password" };
const LOGIN: Schema = {
  type: "object",
  block_type_slug: "login",
  properties: { user: { type: "string" }, password: SECRET },
  required: ["password"],
};
const TYPE: Schema = {
  $defs: { Login: LOGIN },
  properties: {
    host: { type: "string", title: "Host", description: "Its name." },
    port: { type: "integer", default: 5432, minimum: 1 },
    mode: { enum: ["ro", "rw"], default: "ro" },
    login: { $ref: "#/$defs/Login" },
    spare: { anyOf: [{ $ref: "#/$defs/Login" }, { type: "null" }], default: null },
    many: { type: "array", items: { $ref: "#/$defs/Login" }, default: [] },
    verify: { anyOf: [{ type: "boolean" }, { type: "string" }], default: true },
  },
  required: ["host", "login"],
  secret_fields: ["login.password", "spare.password", "many.*.password"],
};
const FIELDS = fieldsOf(TYPE);

function read(drafts: ReturnType<typeof draftsOf>) {
  const problems = {};
  return { data: dataOf(FIELDS, drafts, problems), problems };
}

describe("the fields of a type", () => {
  test("are of the kinds that its schema says", () => {
    expect(FIELDS.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      "host: text",
      "port: number",
      "mode: choice",
      "login: block",
      "spare: block",
      "many: list",
      "verify: json",
    ]);
    expect(FIELDS[0]).toMatchObject({ label: "Host", description: "Its name.", required: true });
    expect(FIELDS[4]).toMatchObject({ nullable: true, required: false });
  });

  test("are secret where the password of an address is moved to", () => {
    const text: Schema = { type: "string" };
    const login: Schema = { type: "object", properties: { url: text, key_of: text } };
    const [first, second] = fieldsOf({
      properties: { login, word: text },
      password_fields: { "login.url": "key_of", url: "word" },
    });
    expect(second).toMatchObject({ kind: "secret" });
    expect(first).toMatchObject({ fields: [{ kind: "text" }, { kind: "secret" }] });
  });
});

describe("a draft", () => {
  test("of a new block begins with the defaults, and says what is missing", () => {
    const { data, problems } = read(draftsOf(FIELDS, null));
    expect(data).toEqual({ port: 5432, mode: "ro", spare: null, many: [], verify: true });
    expect(Object.keys(problems)).toEqual(["host", "login"]);
  });

  test("of a block that is there comes to the same data, its secrets kept", () => {
    const data = {
      host: "db",
      port: 1,
      mode: "rw",
      login: { user: "etl", password: "********" },
      spare: { $ref: { block_document_id: "b1" } },
      many: [{ user: "a", password: "********" }],
      verify: "ca.pem",
    };
    const drafts = draftsOf(FIELDS, data, ["login.password", "many.0.password"]);
    expect(read(drafts)).toEqual({ data, problems: {} });
  });

  test("keeps no secret in the place of another: what has moved is to be typed again", () => {
    const data = {
      host: "db",
      login: { $ref: { block_document_id: "b1" } },
      many: [{ password: "********" }, { password: "********" }],
    };
    const drafts = draftsOf(FIELDS, data, ["many.0.password", "many.1.password"]);
    (drafts.many as ListDraft).items.shift();
    expect(Object.keys(read(drafts).problems)).toEqual(["many.0.password"]);
    const moved = (drafts.many as ListDraft).items[0]?.draft as BlockDraft;
    (moved.own.password as SecretDraft).text = "new";
    expect(read(drafts).data.many).toEqual([{ user: "", password: "new" }]);
  });

  test("says of a number what is wrong with it", () => {
    const said = (text: string) => {
      const port = { text, came: 5432 };
      return read({ ...draftsOf(FIELDS, null), port }).problems;
    };
    expect(said("0")).toMatchObject({ port: "Give 1 or more." });
    expect(said("1.5")).toMatchObject({ port: "Give a whole number." });
    expect(said("x")).toMatchObject({ port: "Give a number." });
  });
});

describe("a draft of numbers that the browser would round", () => {
  const nullable = (type: Schema) => ({ anyOf: [type, { type: "null" }], default: null });
  const decimal = { type: "string", pattern: String.raw`^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$` };
  const fields = fieldsOf({
    properties: {
      chat: { type: "integer" },
      rate: { type: "number" },
      account: { anyOf: [{ type: "integer" }, { type: "string" }] },
      limit: { anyOf: [{ type: "number" }, decimal] },
      more: { type: "object" },
      many: { type: "array", items: { type: "integer" } },
      flag: nullable({ type: "boolean" }),
      rows: nullable({ type: "array", items: { type: "integer" } }),
      note: nullable({ type: "string" }),
    },
    required: ["chat"],
  });
  const JSON_OF_IT =
    '{"chat":-1001234567890123456,"rate":1.0,"account":"123456789012",' +
    '"limit":"12345678901234567890.123456789","more":{"ids":[1e16,9007199254740993]},' +
    '"many":[9007199254740995,7],"flag":null,"rows":null,"note":""}';
  const drafts = () => draftsOf(fields, readJson(JSON_OF_IT) as Record<string, unknown>);

  function typed(name: string, text: string): string {
    const was = drafts();
    const problems = {};
    const draft = { ...(was[name] as TextDraft), text };
    const data = dataOf(fields, { ...was, [name]: draft }, problems);
    expect(problems).toEqual({});
    return writeJson(data[name]);
  }

  test("comes to what nobody touched, digit for digit", () => {
    const problems = {};
    expect(writeJson(dataOf(fields, drafts(), problems))).toBe(JSON_OF_IT);
    expect(problems).toEqual({});
  });

  test("comes to the digits that are typed", () => {
    expect(typed("chat", "9007199254740997")).toBe("9007199254740997");
    expect(typed("more", '{"id": 9007199254740999}')).toBe('{"id":9007199254740999}');
    expect(typed("limit", "0.10")).toBe('"0.10"');
  });

  test("takes digits for a text where a text was, and for a number where none was", () => {
    expect(typed("account", "007")).toBe('"007"');
    expect(dataOf(fields, { ...drafts(), account: { text: "7", came: 5 } }, {}).account).toBe(7);
  });
});

describe("where what is said of a place stands", () => {
  const OPTIONS: Schema = {
    properties: {
      env: { type: "object", additionalProperties: { type: "string" } },
      login: { ...LOGIN, title: "Login" },
      client: { type: "object", properties: { endpoint_url: { type: "string" } } },
    },
  };
  const fields = fieldsOf(OPTIONS);

  test("at the text that holds it, or at its own input", () => {
    const drafts = draftsOf(fields, { client: { endpoint_url: "x" }, login: { user: "a" } });
    expect(inputAt(fields, drafts, "env.PGPORT")).toBe("env");
    expect(inputAt(fields, drafts, "client.endpoint_url")).toBe("client.endpoint_url");
    expect(inputAt(fields, drafts, "client.other")).toBe("client");
    expect(inputAt(fields, drafts, "login.password")).toBe("login.password");
    expect(inputAt(fields, drafts, "elsewhere")).toBeNull();
  });

  test("at the group or block whose inputs are not drawn, at the one of a list that is meant", () => {
    const drafts = draftsOf(fields, null);
    expect(inputAt(fields, drafts, "client.endpoint_url")).toBe("client");
    expect(inputAt(fields, drafts, "login.password")).toBe("login");
    const many = draftsOf(FIELDS, { many: [{ user: "a" }] });
    expect(inputAt(FIELDS, many, "many.0.user")).toBe("many.0.user");
    expect(inputAt(FIELDS, many, "many.7.user")).toBe("many");
  });

  test("a group that may be left out is left out until it is set", () => {
    const drafts = draftsOf(fields, null);
    expect(dataOf(fields, drafts, {})).not.toHaveProperty("client");
    const own = { endpoint_url: { text: "http://x", came: undefined } };
    const set = { ...drafts, client: { there: true, own } };
    expect(dataOf(fields, set, {})).toHaveProperty("client.endpoint_url", "http://x");
  });
});
