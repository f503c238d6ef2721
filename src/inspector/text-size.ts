/** Sizes in pixels. */
export const FONT_SIZE = { title: 13, row: 11 } as const;
export const LINE_HEIGHT = 14;

/**
 * An upper bound for a text's width in pixels, in the widest of the usual system fonts, so that nothing is cut whatever
 * font a reader has.
 */
export function textWidth(text: string, size: keyof typeof FONT_SIZE): number {
  const ems = [...text].reduce((sum, character) => sum + emsOf(character), 0);
  return Math.ceil(ems * FONT_SIZE[size] * (size === 'title' ? BOLD : 1));
}

const BOLD = 1.15;

// Advance widths of DejaVu Sans, rounded up; the default fonts of macOS, Windows and Android are narrower.
function emsOf(character: string): number {
  if (/[ilIj.,:;|'! ]/.test(character)) return 0.35;
  if (/[-()[\]ftr/]/.test(character)) return 0.42;
  if (/[mwMW@➜⚙]/.test(character)) return 0.98;
  if (/[A-Z]/.test(character)) return 0.8;
  return 0.64;
}
