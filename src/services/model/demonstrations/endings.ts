import type { Scene } from './scene.ts';

/** Goals that cannot be reached, that are reached already, and an empty directory. */
export const endings: readonly Scene[] = [
  {
    goal: 'Quote two sentences from summary.txt',
    steps: [
      ['intro.txt, parts/, parts/one.txt', 'RUN', "find . -iname '*summary*'", 'it is not here: search for it'],
      ['intro.txt, parts/, parts/one.txt', 'STOP', 'Not possible: there is no summary.txt'],
    ],
  },
  { goal: 'What went wrong in my last build?', steps: [['', 'STOP', 'Not possible: this directory is empty']] },
  {
    goal: 'I need the hosts file from /etc',
    before: { run: 'cp /etc/hosts .', exitCode: 1, stderr: "cp: cannot stat '/etc/hosts': No such file or directory" },
    steps: [['notes.txt', 'STOP', 'Not possible: that is outside of this directory']],
  },
  {
    goal: 'A friend sent me gift.tar, please unpack it for me',
    before: {
      run: 'tar -xf gift.tar',
      exitCode: 2,
      stderr: 'tar: This does not look like a tar archive\ntar: Exiting with failure status due to previous errors',
    },
    steps: [
      ['gift.tar', 'RUN', 'head -c 20 gift.tar', 'look at what it really is', 'just some words'],
      ['gift.tar', 'STOP', 'Not possible: gift.tar is no archive'],
    ],
  },
  {
    goal: 'Work out the mean price in list.csv',
    steps: [
      ['list.csv', 'RUN', 'head -n 3 list.csv', 'look at the columns first', 'tea\nsalt\noil'],
      ['list.csv', 'STOP', 'Not possible: list.csv has only one column'],
    ],
  },
  { goal: 'Weather for Oslo tomorrow?', steps: [['towns.txt', 'STOP', 'Not possible: there is no network']] },
  {
    goal: 'I lost novel.txt, bring it back',
    steps: [
      ['letters/, plan.txt', 'RUN', "find . -iname '*novel*'", 'look for a copy'],
      ['letters/, plan.txt', 'STOP', 'Not possible: there is no copy of it'],
    ],
  },
  { goal: 'photos should exist as a folder', steps: [['photos/, todo.txt', 'STOP', 'photos is already there']] },
  {
    goal: 'chapter.txt should be called chapter-old.txt',
    steps: [['chapter-old.txt, index.txt', 'STOP', 'It is already called chapter-old.txt']],
  },
  {
    goal: 'Songs (.mp3) belong in music',
    steps: [['music/, read.txt, music/a.mp3, music/b.mp3', 'STOP', 'The .mp3 files are already in music']],
  },
  {
    goal: 'Add node_modules to .gitignore unless it is in there',
    steps: [
      ['.gitignore', 'RUN', 'grep -x node_modules .gitignore', 'see whether it is there', 'node_modules'],
      ['.gitignore', 'STOP', 'The line is already there'],
    ],
  },
  {
    goal: 'Make sure that the language in app.ini is en',
    steps: [
      ['app.ini', 'RUN', 'grep lang app.ini', 'look at it first', 'lang=en'],
      ['app.ini', 'STOP', 'It is already en'],
    ],
  },
  {
    goal: 'Bring words.lst into alphabetical order',
    steps: [
      ['words.lst', 'RUN', 'sort -c words.lst && echo sorted', 'sort -c only checks', 'sorted'],
      ['words.lst', 'STOP', 'It is already in order'],
    ],
  },
  {
    goal: 'What do I have in here?',
    steps: [
      ['', 'RUN', 'ls -A', '-A shows hidden files too'],
      ['', 'STOP', 'There are no files'],
    ],
  },
  {
    goal: 'Is any .txt file left? How many?',
    steps: [
      ['', 'RUN', "find . -name '*.txt' | wc -l", 'count what find prints', '0'],
      ['', 'STOP', 'There are 0 .txt files'],
    ],
  },
  { goal: 'Is there anything left to tidy?', steps: [['', 'STOP', 'Nothing to do: the directory is empty']] },
];
