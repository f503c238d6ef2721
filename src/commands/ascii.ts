/** What a terminal's locale says about its characters: true where UTF-8 would come out as something else. */
export function isAsciiOnly(env: Readonly<Record<string, string | undefined>>): boolean {
  // POSIX: the first one that is set and not empty decides. Without any, most terminals of today are UTF-8 all the same.
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'UTF-8';
  return !/utf-?8/i.test(locale);
}

/** The same text in ASCII: signs of ours by others like them, letters without their accents, the rest as `?`. */
export function toAscii(text: string): string {
  return text
    .replace(/[✓✗•─–…·→×]/g, (sign) => signs[sign] ?? '?')
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^\x00-\x7f]/gu, '?');
}

const signs: Readonly<Record<string, string>> = {
  '✓': '+',
  '✗': 'x',
  '•': '*',
  '─': '-',
  '–': '-',
  '…': '...',
  '·': '-',
  '→': '->',
  '×': 'x',
};
