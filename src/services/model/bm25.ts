/**
 * Scores a query against every document, in the documents' order; 0 means that they share no term. This is
 * BM25 with its usual constants (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), but for one
 * bound: no term weighs more than one that one document in 20 has. The rarest words of a goal say what it is about, and
 * what is to be done is said in commoner ones. Documents and queries are lists of terms; a term that a query repeats
 * counts once.
 */
export function createScorer(
  documents: readonly (readonly string[])[],
): (query: readonly string[]) => readonly number[] {
  const counts = documents.map(countTerms);
  const averageLength = documents.reduce((sum, terms) => sum + terms.length, 0) / Math.max(1, documents.length);
  const rarity = (term: string) => {
    const holders = counts.filter((count) => count.has(term)).length;
    return Math.min(MAX_RARITY, Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5)));
  };
  return (query) => {
    const weights = [...new Set(query)].map((term) => ({ term, weight: rarity(term) }));
    return documents.map((terms, index) =>
      weights.reduce((score, { term, weight }) => {
        const count = counts[index]?.get(term) ?? 0;
        const length = averageLength === 0 ? 1 : terms.length / averageLength;
        return score + (weight * count * (SATURATION + 1)) / (count + SATURATION * (1 - LENGTH + LENGTH * length));
      }, 0),
    );
  };
}

/** Cuts text into lower-case words and numbers without the commonest English endings: "Moved files" is `mov`, `fil`. */
export function toTerms(text: string): readonly string[] {
  return (text.toLowerCase().match(/\p{Letter}+|\p{Number}+/gu) ?? []).map(stem);
}

const MAX_RARITY = Math.log(20);
const SATURATION = 1.2;
const LENGTH = 0.75;

function countTerms(terms: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

/** What is left is no dictionary word, only the same for "copy", "copies", "copied" and "copying". */
function stem(word: string): string {
  if (word.length <= 3) return word;
  const singular = word.replace(/ies$/, 'y').replace(/([^su])s$/, '$1');
  const plain = singular.replace(/ied$/, 'y').replace(/(.{3})(?:ing|ed)$/, '$1');
  return plain.replace(/(.{2})([^aeiouls])\2$/, '$1$2').replace(/(.{2})e$/, '$1');
}
