import type { Scene } from './scene.ts';

/** Sorting, joining and comparing files. */
export const combining: readonly Scene[] = [
  {
    goal: 'Sort cities.txt alphabetically into sorted.txt',
    steps: [
      ['cities.txt', 'RUN', 'sort cities.txt > sorted.txt', 'sort orders lines'],
      ['cities.txt, sorted.txt', 'STOP', 'sorted.txt is written'],
    ],
  },
  {
    goal: 'Sort stock.csv by the number in its second column, largest first, into ordered.csv',
    steps: [
      ['stock.csv', 'RUN', 'sort -t, -k2,2nr stock.csv > ordered.csv', 'k2 column, n number, r reverse'],
      ['ordered.csv, stock.csv', 'STOP', 'ordered.csv is written'],
    ],
  },
  {
    goal: 'Merge list-a.txt and list-b.txt into all.txt, sorted and without duplicates',
    steps: [
      ['list-a.txt, list-b.txt', 'RUN', 'sort -u list-a.txt list-b.txt > all.txt', 'sort -u takes several files'],
      ['all.txt, list-a.txt, list-b.txt', 'STOP', 'all.txt is written'],
    ],
  },
  {
    goal: 'Remove duplicate lines from guests.txt but keep their order, and save the result in unique.txt',
    steps: [
      ['guests.txt', 'RUN', "awk '!seen[$0]++' guests.txt > unique.txt", 'keep each line the first time'],
      ['guests.txt, unique.txt', 'STOP', 'unique.txt is written'],
    ],
  },
  {
    goal: 'Join chapter-1.txt, chapter-2.txt and chapter-3.txt into book.txt',
    steps: [
      ['chapter-1.txt, chapter-2.txt, chapter-3.txt', 'RUN', 'cat chapter-*.txt > book.txt', 'cat puts files together'],
      ['book.txt, chapter-1.txt, chapter-2.txt, chapter-3.txt', 'STOP', 'book.txt is written'],
    ],
  },
  {
    goal: 'Put the lines of first.txt and last.txt side by side in full.txt',
    steps: [
      ['first.txt, last.txt', 'RUN', "paste -d ' ' first.txt last.txt > full.txt", 'paste joins line by line'],
      ['first.txt, full.txt, last.txt', 'STOP', 'full.txt is written'],
    ],
  },
  {
    goal: 'Combine ages.csv and towns.csv by their first column into joined.csv; both are sorted',
    steps: [
      ['ages.csv, towns.csv', 'RUN', 'join -t, ages.csv towns.csv > joined.csv', 'join matches the first column'],
      ['ages.csv, joined.csv, towns.csv', 'STOP', 'joined.csv is written'],
    ],
  },
  {
    goal: 'Which names are in both club.txt and choir.txt?',
    steps: [
      [
        'choir.txt, club.txt',
        'RUN',
        'comm -12 <(sort club.txt) <(sort choir.txt)',
        'comm needs both sorted, -12 keeps common lines',
        'Ben\nEva',
      ],
      ['choir.txt, club.txt', 'STOP', 'Ben and Eva are in both'],
    ],
  },
  {
    goal: 'Save the differences between old.conf and new.conf in changes.diff',
    steps: [
      ['new.conf, old.conf', 'RUN', 'diff old.conf new.conf > changes.diff', 'exit 1 means they differ', '', 1],
      ['changes.diff, new.conf, old.conf', 'STOP', 'changes.diff holds the differences'],
    ],
  },
  {
    goal: 'Which members in club.txt have not paid (paid.txt)?',
    steps: [
      [
        'club.txt, paid.txt',
        'RUN',
        'grep -vxFf paid.txt club.txt',
        '-f reads the patterns, -v turns around',
        'Lou\nSam',
      ],
      ['club.txt, paid.txt', 'STOP', 'Lou and Sam have not paid'],
    ],
  },
  {
    goal: 'Which words of list-b.txt are not in list-a.txt? Save them as new-words.txt',
    steps: [
      [
        'list-a.txt, list-b.txt',
        'RUN',
        'grep -vxFf list-a.txt list-b.txt > new-words.txt',
        '-f names what to leave out',
      ],
      ['list-a.txt, list-b.txt, new-words.txt', 'RUN', 'cat new-words.txt', 'check the result', 'plum\nquince'],
      ['list-a.txt, list-b.txt, new-words.txt', 'STOP', 'new-words.txt has the two new words'],
    ],
  },
  {
    goal: 'Put the scores of round1.txt and round2.txt together in scores.txt and their average in average.txt',
    steps: [
      ['round1.txt, round2.txt', 'RUN', 'cat round1.txt round2.txt > scores.txt', 'all scores in one file first'],
      [
        'round1.txt, round2.txt, scores.txt',
        'RUN',
        "awk '{ sum += $1 } END { print sum / NR }' scores.txt > average.txt",
        'then the average of them all',
      ],
      [
        'average.txt, round1.txt, round2.txt, scores.txt',
        'RUN',
        'cat scores.txt average.txt',
        'check both',
        '4\n8\n6\n6',
      ],
      ['average.txt, round1.txt, round2.txt, scores.txt', 'STOP', 'Both files are right'],
    ],
  },
  {
    goal: 'Are copy.txt and original.txt the same?',
    steps: [
      [
        'copy.txt, original.txt',
        'RUN',
        'cmp copy.txt original.txt && echo same',
        'cmp is silent when they are equal',
        'same',
      ],
      ['copy.txt, original.txt', 'STOP', 'They are the same'],
    ],
  },
  {
    goal: 'What differs between the folders v1 and v2?',
    steps: [
      [
        'v1/, v2/, v1/a.txt, v1/b.txt, v2/a.txt, v2/b.txt, v2/c.txt',
        'RUN',
        'diff -rq v1 v2',
        'diff exits 1 when they differ',
        'Files v1/b.txt and v2/b.txt differ\nOnly in v2: c.txt',
        1,
      ],
      ['v1/, v2/, v1/a.txt, v1/b.txt, v2/a.txt, v2/b.txt, v2/c.txt', 'STOP', 'b.txt differs, c.txt is new'],
    ],
  },
  {
    goal: 'Which ids occur more than once in ids.txt?',
    steps: [
      ['ids.txt', 'RUN', 'sort ids.txt | uniq -d', 'uniq -d shows repeated lines', 'a2\nk7'],
      ['ids.txt', 'STOP', 'a2 and k7 occur more than once'],
    ],
  },
  {
    goal: 'Split bible.txt into files of 2 lines each',
    steps: [
      ['bible.txt', 'RUN', 'split -l 2 bible.txt piece-', 'split names them piece-aa, piece-ab'],
      ['bible.txt, piece-aa, piece-ab, piece-ac', 'STOP', 'The pieces are there'],
    ],
  },
  {
    goal: 'Put all notes into all.txt, each under its file name',
    steps: [
      [
        'notes/, notes/mon.txt, notes/tue.txt',
        'RUN',
        'for f in notes/*.txt; do echo "== $f"; cat "$f"; done > all.txt',
        'name first, then the text',
      ],
      ['all.txt, notes/, notes/mon.txt, notes/tue.txt', 'STOP', 'all.txt is written'],
    ],
  },
];
