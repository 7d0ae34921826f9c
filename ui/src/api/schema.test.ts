import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

const here = (path: string): URL => new URL(path, import.meta.url);

it("the wire types are those of the server's schema; if not: npm run types", async () => {
  const schema = JSON.parse(readFileSync(fileURLToPath(here("../../../openapi.json")), "utf8"));
  const types = COMMENT_HEADER + astToString(await openapiTS(schema));
  expect(readFileSync(fileURLToPath(here("./schema.ts")), "utf8")).toBe(types);
}, 30_000);
