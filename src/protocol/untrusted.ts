import { DECISION_TAGS, THINK_TAG } from './tags.ts';

/** Cleans bytes while they arrive. Whatever the chunks, the joined answers are what cleaning everything at once gives. */
export interface Cleaner {
  /** What is certain by now; the last few characters may be held back until more is known. */
  push(bytes: Uint8Array): string;
  /** What was held back. Nothing may be pushed after it. */
  end(): string;
}

/**
 * Turns what a command printed into plain text: neither a terminal escape, nor a control character, nor a tag of the
 * protocol, nor a token of a chat format is left in it. Cleaning twice changes nothing more.
 *
 * - Bytes that are not UTF-8 become U+FFFD.
 * - Escape sequences are dropped. One that is never ended takes no more than 4096 characters with it.
 * - CR LF becomes LF. Other control characters, except tab and newline, and characters that reorder text or have no
 *   width become `·`.
 * - The `<` or `[` that begins a tag or a chat token becomes `‹` or `⟦`.
 *
 * Memory is constant, whatever is pushed.
 */
export function createCleaner(): Cleaner {
  // The mark is kept, so that it becomes `·` like any other character without width.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const plain = createPlainer();
  const neutral = createNeutraliser();
  return {
    push: (bytes) => neutral.push(plain.push(decoder.decode(bytes, { stream: true }))),
    end: () => neutral.push(plain.push(decoder.decode())) + neutral.push(plain.end()) + neutral.end(),
  };
}

/** The same for text that is already there, such as a file's name or a model's note. Lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  const plain = createPlainer();
  const neutral = createNeutraliser();
  return neutral.push(plain.push(text.replace(/\p{Surrogate}/gu, '\uFFFD')) + plain.end()) + neutral.end();
}

/**
 * The same text with every control character, except tab and newline, and every character that is not seen as `·`. For
 * what a person is to judge, such as a command: nothing is dropped, nothing is neutralised.
 */
export function showUnseen(text: string): string {
  return text.replace(special, '·').replace(/\p{Surrogate}/gu, '\uFFFD');
}

interface TextFilter {
  push(text: string): string;
  end(): string;
}

// ---- Escapes and controls ----------------------------------------------------------------------------------------

/**
 * Characters that a person cannot see or that change the order of others: bidi controls, zero width, fillers, variation
 * selectors, tags, annotations, the line and paragraph separators, and the blank of Braille.
 */
const UNSEEN = '\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{Zl}\\p{Zp}\\u2800\\p{Noncharacter_Code_Point}';
const CONTROLS = '\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F';
const special = new RegExp(`[${CONTROLS}${UNSEEN}]`, 'gu');
const STRING_LIMIT = 4096;
const SEQUENCE_LIMIT = 64;

/**
 * Where a terminal would be: `escape` after ESC, `control` inside a CSI, `charset` after ESC and an intermediate
 * character, `string` inside OSC, DCS, SOS, PM or APC, `stringEscape` after an ESC in one.
 */
type Place = 'text' | 'return' | 'escape' | 'charset' | 'control' | 'string' | 'stringEscape';

function createPlainer(): TextFilter {
  let place: Place = 'text';
  let length = 0;

  return {
    push(text) {
      let clean = '';
      let at = 0;
      while (at < text.length) {
        if (place === 'text') {
          special.lastIndex = at;
          const next = special.exec(text);
          clean += text.slice(at, next?.index ?? text.length);
          if (!next) return clean;
          at = next.index + next[0].length;
          place = placeAfter(next[0]);
          if (place === 'text') clean += '·';
          continue;
        }
        const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
        if (place === 'return') {
          place = 'text';
          if (character !== '\n') clean += '·';
          continue;
        }
        const step = follow(place, character, length);
        length = step.place === place ? length + 1 : 0;
        place = step.place;
        if (step.isTaken) at += character.length;
      }
      return clean;
    },
    end: () => (place === 'return' ? '·' : ''),
  };
}

function placeAfter(character: string): Place {
  if (character === '\r') return 'return';
  if (character === '\x1B') return 'escape';
  if (character === '\x9B') return 'control';
  return /[\x90\x98\x9D-\x9F]/.test(character) ? 'string' : 'text';
}

/** One step inside a sequence. What does not belong to it ends it and is text again. */
function follow(place: Place, character: string, length: number): { place: Place; isTaken: boolean } {
  const taken = (next: Place) => ({ place: next, isTaken: true });
  const refused = { place: 'text', isTaken: false } as const;
  switch (place) {
    case 'text':
    case 'return':
      return refused;
    case 'escape':
      if (character === '[') return taken('control');
      if (/[\]PX^_]/.test(character)) return taken('string');
      if (/[ -/]/.test(character)) return taken('charset');
      return /[0-~]/.test(character) ? taken('text') : refused;
    case 'charset':
      if (length >= SEQUENCE_LIMIT) return refused;
      if (/[ -/]/.test(character)) return taken('charset');
      return /[0-~]/.test(character) ? taken('text') : refused;
    case 'control':
      if (length >= SEQUENCE_LIMIT) return refused;
      if (/[ -?]/.test(character)) return taken('control');
      return /[@-~]/.test(character) ? taken('text') : refused;
    case 'string':
      if (length >= STRING_LIMIT) return refused;
      if (character === '\x1B') return taken('stringEscape');
      return /[\x07\x18\x1A\x9C]/.test(character) ? taken('text') : taken('string');
    case 'stringEscape':
      // Any other escape ends the string as well, and begins a sequence of its own.
      return character === '\\' ? taken('text') : { place: 'escape', isTaken: false };
  }
}

// ---- Tags and chat tokens ----------------------------------------------------------------------------------------

const NAMES: ReadonlySet<string> = new Set(
  [
    ...DECISION_TAGS,
    THINK_TAG,
    'thinking',
    'tool_call',
    'tool_response',
    'start_of_turn',
    'end_of_turn',
    'bos',
    'eos',
    'pad',
    'unk',
    'mask',
    'fim_prefix',
    'fim_middle',
    'fim_suffix',
  ].map((name) => name.toLowerCase()),
);
/** Also with attributes, with as much white space as one likes, or never closed. */
const OPEN_TAG = /^<\/?([a-z_]{1,16})(?:[\s/>]|$)/i;
const TAG = /^<\s{0,8}\/?\s{0,8}([a-z_]{1,16})\s{0,8}\/?\s{0,8}>/i;
const TOKEN =
  /^(?:<[|｜]|<<\/?SYS>>|\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT)\])/i;
/** No marker is longer: a bracket with this much after it can be judged. */
const LONGEST_MARKER = 64;

function createNeutraliser(): TextFilter {
  let held = '';

  const neutralise = (text: string, isEnd: boolean): string => {
    let clean = '';
    let at = 0;
    for (const bracket = /[<[]/g; ; ) {
      bracket.lastIndex = at;
      const found = bracket.exec(text)?.index ?? text.length;
      clean += text.slice(at, found);
      const ahead = text.slice(found, found + LONGEST_MARKER);
      if (ahead === '' || (ahead.length < LONGEST_MARKER && !isEnd)) {
        held = ahead;
        return clean;
      }
      clean += isMarker(ahead) ? (ahead.startsWith('<') ? '‹' : '⟦') : ahead.charAt(0);
      at = found + 1;
    }
  };

  return {
    push: (text) => neutralise(held + text, false),
    end: () => neutralise(held, true),
  };
}

function isMarker(ahead: string): boolean {
  if (TOKEN.test(ahead)) return true;
  const open = OPEN_TAG.exec(ahead)?.[1]?.toLowerCase();
  if (open !== undefined && NAMES.has(open)) return true;
  const name = TAG.exec(ahead)?.[1];
  // `<s>` begins a text for some models; `<S>` is a type parameter in many languages.
  return name !== undefined && (name === 's' || NAMES.has(name.toLowerCase()));
}
