/**
 * Change patches and running warnings for the map: asked for only while their layer is on, patches for what the map
 * shows, and anew when something tells that they may have changed.
 */
import { onBeforeUnmount, reactive, shallowRef, watch } from "vue";
import type { ChangePatchView } from "@shared/contracts/sensing";
import type { WarningShapes } from "@shared/contracts/warning";
import { get, Refused } from "@shared/http";
import type { Bounds } from "@shared/map/grid";
import { desk, linkState } from "../../live/desk";
import type { LayerChoice } from "./layers";
import { boxOf } from "./patches";

/** As the banner asks (warnings/WarningBanner.vue). */
const WARNINGS_MS = 10_000;
/** An answer or a case reaches the patches a moment after the desk has heard of it. */
const SETTLED_MS = 2_000;

/** Whether nothing is to be drawn anew. */
const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

type Asked = "patches" | "warnings";

export function useAreas(bounds: () => Bounds | null, layers: LayerChoice) {
  const patches = shallowRef<readonly ChangePatchView[]>([]);
  const warnings = shallowRef<readonly WarningShapes[]>([]);
  /** There are others that the answer does not have. */
  const more = reactive<Record<Asked, boolean>>({ patches: false, warnings: false });
  /** The centre did not give them: what is drawn may be old. */
  const away = reactive<Record<Asked, boolean>>({ patches: false, warnings: false });
  const asks: Record<Asked, number> = { patches: 0, warnings: 0 };

  async function ask(what: Asked, work: () => Promise<() => void>): Promise<void> {
    const mine = ++asks[what];
    try {
      const take = await work();
      if (mine !== asks[what]) return;
      take();
      away[what] = false;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      if (mine === asks[what]) away[what] = true;
    }
  }

  const askPatches = (): Promise<void> =>
    ask("patches", async () => {
      const box = layers.patches ? bounds() : null;
      const found = box ? await get("/change-patches", { ...boxOf(box), drawn: true }) : { patches: [], more: false };
      return () => {
        if (!sameText(found.patches, patches.value)) patches.value = found.patches;
        more.patches = found.more;
      };
    });
  const askWarnings = (): Promise<void> =>
    ask("warnings", async () => {
      const found = layers.warnings ? await get("/warnings/areas") : { warnings: [], more: false };
      return () => {
        if (!sameText(found.warnings, warnings.value)) warnings.value = found.warnings;
        more.warnings = found.more;
      };
    });
  const askBoth = (): void => {
    if (layers.patches) void askPatches();
    if (layers.warnings) void askWarnings();
  };

  watch(() => layers.patches, askPatches);
  watch(() => layers.warnings, askWarnings);
  watch(linkState, (link) => link === "live" && askBoth());
  // What inspectors answer, and cases that are filed, decide patches.
  let settling: number | undefined;
  watch(
    () => Object.values(desk.verifications).map((one) => `${one.task_id}${one.state}`).join() + Object.keys(desk.cases).length,
    () => {
      window.clearTimeout(settling);
      settling = window.setTimeout(() => layers.patches && void askPatches(), SETTLED_MS);
    },
  );
  const look = () => layers.warnings && void askWarnings();
  const rounds = window.setInterval(look, WARNINGS_MS);
  window.addEventListener("warnings-changed", look);
  onBeforeUnmount(() => {
    asks.patches = asks.warnings = -1;
    window.clearTimeout(settling);
    window.clearInterval(rounds);
    window.removeEventListener("warnings-changed", look);
  });

  return { patches, warnings, more, away, askPatches, askBoth };
}
