/** How far, and how old a position is, as people read it. */

export const distance = (metres: number): string => (metres < 1000 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(1)} km`);

/** A position older than this says little about where the crew is. */
export const OLD_S = 300;
