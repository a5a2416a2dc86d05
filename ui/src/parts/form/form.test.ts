import { describe, expect, test } from "vitest";
import { type BlockDraft, dataOf, draftsOf, type ListDraft, type SecretDraft } from "./draft";
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
    const drafts = draftsOf(FIELDS, null);
    expect(read({ ...drafts, port: "0" }).problems).toMatchObject({ port: "Give 1 or more." });
    expect(read({ ...drafts, port: "1.5" }).problems).toMatchObject({
      port: "Give a whole number.",
    });
    expect(read({ ...drafts, port: "x" }).problems).toMatchObject({ port: "Give a number." });
  });
});
