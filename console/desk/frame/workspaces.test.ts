import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMemoryHistory } from "vue-router";
import type { Role } from "@shared/contracts/core";
import { en } from "../words/en";
import { zh } from "../words/zh";
import { makeRouter } from "./router";
import { homeOf, listed, workspaces } from "./workspaces";

const names = (...roles: Role[]) => listed(new Set(roles)).map((one) => one.name);

describe("the workspaces", () => {
  it("have a folder, a first address and words of their name", () => {
    for (const { name, routes } of workspaces) {
      expect(existsSync(new URL(`../${name}/workspace.ts`, import.meta.url)), name).toBe(true);
      expect(routes[0], name).toMatchObject({ name, path: `/${name}` });
      for (const words of [zh, en]) {
        expect(words.workspaces.name[name]).toBeTruthy();
        expect(words.workspaces.purpose[name]).toBeTruthy();
      }
    }
    expect(new Set(workspaces.map((one) => one.name)).size).toBe(workspaces.length);
  });

  it("are fetched when they are first opened: none of them is in the first file", () => {
    for (const { name, routes } of workspaces) {
      for (const route of routes) {
        expect(route.path.startsWith(`/${name}`), route.path).toBe(true);
        expect(String(route.component), name).toMatch(/import\w*\(/);
      }
    }
  });

  it("are those of a person's roles", () => {
    expect(names("agent")[0]).toBe("calls");
    expect(homeOf(new Set<Role>(["dispatcher"]))?.name).toBe("field");
    expect(homeOf(new Set<Role>(["acceptor"]))?.name).toBe("acceptance");
    expect(names("dispatcher")[0]).toBe("cases");
    expect(names("admin")).toContain("settings");
    expect(names("unit")).toEqual([]);
    for (const name of ["settings", "supervision", "field", "acceptance", "reports"] as const) expect(names("agent")).not.toContain(name);
    expect(names("supervisor")).not.toContain("acceptance");
  });

  it("begin with the one that the person works in", () => {
    expect(homeOf(new Set(["admin"]))?.name).toBe("settings");
    expect(homeOf(new Set(["admin", "agent"]))?.name).toBe("calls");
    expect(homeOf(new Set(["acceptor"]))?.name).toBe("acceptance");
    expect(homeOf(new Set(["unit"]))).toBeUndefined();
  });

  it("have an address for each thing, and say which one is unknown", () => {
    const router = makeRouter(createMemoryHistory("/desk/"));
    const at = (path: string) => router.resolve(path).name;
    expect(at("/calls/1")).toBe("call");
    expect(at("/cases/1")).toBe("case");
    expect(at("/field/units/app:17")).toBe("unit");
    expect(at("/field/talkgroups/svx:4011")).toBe("talkgroup");
    expect(at("/knowledge/1")).toBe("article");
    expect(at("/reports/queues")).toBe("report");
    expect(at("/settings/audit")).toBe("section");
    expect(at("/calls/1/2")).toBe("unknown");
    expect(at("/nowhere")).toBe("unknown");
    expect(router.resolve({ name: "unit", params: { unitId: "app:17/a b" } }).path).toBe("/field/units/app:17%2Fa%20b");
  });
});
