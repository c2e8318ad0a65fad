/**
 * What a unit's device holds between two visits, in IndexedDB: text and photos by name. A write that returned is
 * on the disk (strict durability), so what is shown afterwards survives a dead battery.
 */

export interface Disk {
  read(name: string): Promise<string | null>;
  /** Rejects when the device cannot store it. */
  write(name: string, text: string): Promise<void>;
}

/** The bytes of photos that are not at the centre yet. */
export interface Album {
  /** Whose bytes are here. */
  photos(): Promise<string[]>;
  photo(id: string): Promise<Blob | null>;
  /** Rejects when the device cannot store it. */
  keepPhoto(id: string, photo: Blob): Promise<void>;
  dropPhoto(id: string): Promise<void>;
}

const DATABASE = "songhua-unit";
const TEXTS = "texts";
const PHOTOS = "photos";
const VERSION = 2;

export async function openDisk(factory: IDBFactory = indexedDB): Promise<Disk & Album> {
  const asked = factory.open(DATABASE, VERSION);
  asked.onupgradeneeded = () => {
    for (const store of [TEXTS, PHOTOS]) {
      if (!asked.result.objectStoreNames.contains(store)) asked.result.createObjectStore(store);
    }
  };
  const blocked = new Promise<never>((_resolve, reject) => {
    asked.onblocked = () => reject(new Error("a page of an earlier version is still open"));
  });
  const database = await Promise.race([finished(asked), blocked]);
  // A newer page needs the disk for itself; what this one cannot keep any more it says.
  database.onversionchange = () => database.close();
  const change = (store: string, work: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    work(transaction.objectStore(store));
    return committed(transaction);
  };
  return {
    async photos() {
      const names = await finished(database.transaction(PHOTOS).objectStore(PHOTOS).getAllKeys());
      return names.map(String);
    },
    async photo(id) {
      const found = await finished(database.transaction(PHOTOS).objectStore(PHOTOS).get(id) as IDBRequest<unknown>);
      return found instanceof Blob ? found : null;
    },
    keepPhoto: (id, photo) => change(PHOTOS, (store) => store.put(photo, id)),
    dropPhoto: (id) => change(PHOTOS, (store) => store.delete(id)),
    async read(name) {
      const found = await finished(database.transaction(TEXTS).objectStore(TEXTS).get(name) as IDBRequest<unknown>);
      return typeof found === "string" ? found : null;
    },
    write: (name, text) => change(TEXTS, (store) => store.put(text, name)),
  };
}

/** One unit's part of what the device holds. */
export function albumOf(album: Album, unit: string): Album {
  const name = (id: string) => `${unit}/${id}`;
  return {
    photos: async () => (await album.photos()).filter((one) => one.startsWith(name(""))).map((one) => one.slice(name("").length)),
    photo: (id) => album.photo(name(id)),
    keepPhoto: (id, photo) => album.keepPhoto(name(id), photo),
    dropPhoto: (id) => album.dropPhoto(name(id)),
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
