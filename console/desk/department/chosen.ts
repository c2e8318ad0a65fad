/** A photo that somebody chose for an answer: `photo_id` once the centre has it, `shown` its picture on this page. */
export interface ChosenPhoto {
  data: Blob;
  shown: string;
  photo_id?: string | undefined;
}

/** As many as an answer may have of each kind. */
export const MOST_PHOTOS = 12;
