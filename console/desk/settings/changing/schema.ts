/** The form of a setting's value: what its JSON schema says, as kinds of fields. */

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  format?: string;
  default?: unknown;
  const?: unknown;
}

export type Kind = "object" | "map" | "rows" | "words" | "choices" | "choice" | "switch" | "number" | "day" | "text";

export interface FieldForm {
  kind: Kind;
  /** Without a `$ref` and without null. */
  schema: Schema;
  /** Null is one of its values. */
  optional: boolean;
}

/** What a schema asks for; `all` has the definitions that it names. */
export function fieldOf(schema: Schema, all: Schema): FieldForm {
  const variants = schema.anyOf ?? [schema];
  const optional = variants.some((one) => one.type === "null");
  const plain = resolved(variants.find((one) => one.type !== "null") ?? {}, all);
  return { kind: kindOf(plain, all), schema: plain, optional };
}

function resolved(schema: Schema, all: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (all.$defs?.[name] ?? {});
}

function kindOf(schema: Schema, all: Schema): Kind {
  if (schema.type === "object") return schema.properties ? "object" : "map";
  if (schema.type === "array") {
    const items = resolved(schema.items ?? {}, all);
    if (items.type === "object") return "rows";
    return items.enum ? "choices" : "words";
  }
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return "number";
  return schema.format === "date" ? "day" : "text";
}

/** A value to begin with. */
export function empty(schema: Schema, all: Schema): unknown {
  if (schema.default !== undefined) return JSON.parse(JSON.stringify(schema.default)) as unknown;
  const { kind, schema: plain, optional } = fieldOf(schema, all);
  if (optional) return null;
  switch (kind) {
    case "object":
      return Object.fromEntries(Object.entries(plain.properties!).map(([name, one]) => [name, empty(one, all)]));
    case "map":
      return Object.fromEntries((plain.propertyNames?.enum ?? []).map((name) => [name, empty(plain.additionalProperties as Schema, all)]));
    case "rows":
    case "words":
    case "choices":
      return [];
    case "choice":
      return plain.enum![0];
    case "switch":
      return false;
    case "number":
      return plain.minimum ?? 1;
    default:
      return "";
  }
}

/** Several words in one line; spaces, commas and semicolons part them. */
export const wordsOf = (text: string): string[] => text.split(/[\s,，、;；]+/).filter(Boolean);

const NAMES = ["name_zh", "name", "day", "kind", "skill", "code", "zh", "codes", "talkgroups", "department_id", "unit_id"];

/** What a row of a list is called, of what stands in it. */
export function rowName(row: Record<string, unknown>): string {
  const found = NAMES.map((name) => row[name]).filter((one) => one !== null && one !== undefined && one !== "" && !(Array.isArray(one) && one.length === 0));
  return found.slice(0, 2).map((one) => (Array.isArray(one) ? one.join(" ") : String(one))).join(" · ");
}
