/**
 * What a unit's device holds between two visits, in IndexedDB: text by name. A write that returned is on the
 * disk (strict durability), so what is shown afterwards survives a dead battery.
 */

export interface Disk {
  read(name: string): Promise<string | null>;
  /** Rejects when the device cannot store it. */
  write(name: string, text: string): Promise<void>;
}

const DATABASE = "songhua-unit";
const TEXTS = "texts";

export async function openDisk(factory: IDBFactory = indexedDB): Promise<Disk> {
  const asked = factory.open(DATABASE, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(TEXTS);
  const database = await finished(asked);
  return {
    async read(name) {
      const found = await finished(database.transaction(TEXTS).objectStore(TEXTS).get(name) as IDBRequest<unknown>);
      return typeof found === "string" ? found : null;
    },
    async write(name, text) {
      const transaction = database.transaction(TEXTS, "readwrite", { durability: "strict" });
      transaction.objectStore(TEXTS).put(text, name);
      await committed(transaction);
    },
  };
}

/** Earlier versions kept everything in localStorage: it moves over once. */
export async function moveFrom(old: Storage, disk: Disk, name: string): Promise<void> {
  const kept = old.getItem(name);
  if (kept === null) return;
  if ((await disk.read(name)) === null) await disk.write(name, kept);
  old.removeItem(name);
}

function finished<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the device cannot store"));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the device cannot store"));
  });
}
