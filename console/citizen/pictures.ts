/** A chosen file becomes a JPEG of at most 1,600 px without what the camera wrote into it, in base64. */

export const MOST_PICTURES = 3;
/** As the centre takes them (`citizen.contract.report.MOST_PICTURE_BYTES`). */
export const MOST_BYTES = 2 * 1024 * 1024;
const LONGEST = 1600;
const QUALITIES = [0.85, 0.7, 0.5];

export interface ChosenPicture {
  id: string;
  data: string;
  shown: string;
}

/** The size in which the longer side has at most `most` pixels. */
export function fitted(width: number, height: number, most = LONGEST): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Null where the browser cannot read it as a picture. */
export async function prepared(file: Blob, id: string): Promise<ChosenPicture | null> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) return null;
  const size = fitted(bitmap.width, bitmap.height);
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  for (const quality of QUALITIES) {
    const shown = canvas.toDataURL("image/jpeg", quality);
    const data = shown.slice(shown.indexOf(",") + 1);
    if (shown.startsWith("data:image/jpeg") && (data.length * 3) / 4 <= MOST_BYTES) return { id, data, shown };
  }
  return null;
}
