import type { Scene } from './scene.ts';

/** Showing parts of files. */
export const showing: readonly Scene[] = [
  {
    goal: 'Show the content of menu.txt',
    steps: [
      ['menu.txt', 'RUN', 'cat menu.txt', 'cat prints a file', 'Soup\nBread'],
      ['menu.txt', 'STOP', 'menu.txt is shown'],
    ],
  },
  {
    goal: 'List all files in this folder',
    steps: [
      ['.env, a.txt, pics/', 'RUN', 'ls -A', '-A shows hidden files too', '.env\na.txt\npics'],
      ['.env, a.txt, pics/', 'STOP', 'All files are listed'],
    ],
  },
  {
    goal: 'List the files in the folder tools',
    steps: [
      ['readme.txt, tools/, tools/axe.txt, tools/saw.txt', 'RUN', 'ls tools', 'ls lists a folder', 'axe.txt\nsaw.txt'],
      ['readme.txt, tools/, tools/axe.txt, tools/saw.txt', 'STOP', 'The files are listed'],
    ],
  },
  {
    goal: 'Check whether the file budget.txt exists',
    steps: [
      ['budget.txt, plan.txt', 'RUN', 'test -e budget.txt && echo yes || echo no', 'test -e looks for a file', 'yes'],
      ['budget.txt, plan.txt', 'STOP', 'Yes, budget.txt exists'],
    ],
  },
  {
    goal: 'Does letter.txt contain the word gift?',
    steps: [
      ['letter.txt', 'RUN', 'grep -nw gift letter.txt', 'grep shows matching lines', '2:thank you for the gift.'],
      ['letter.txt', 'STOP', 'Yes, in line 2'],
    ],
  },
  {
    goal: 'Show the last 2 lines of server.log',
    steps: [
      ['server.log', 'RUN', 'tail -n 2 server.log', 'tail prints the last lines', '10:02 request\n10:03 stop'],
      ['server.log', 'STOP', 'The last two lines are shown'],
    ],
  },
  {
    goal: 'Print lines 2 to 4 of recipe.txt',
    steps: [
      ['recipe.txt', 'RUN', "sed -n '2,4p' recipe.txt", 'sed -n prints a range', 'flour\nsugar\neggs'],
      ['recipe.txt', 'STOP', 'Lines 2 to 4 are shown'],
    ],
  },
  {
    goal: 'Show the lines of todo.md that contain urgent, with their line numbers',
    steps: [
      [
        'todo.md',
        'RUN',
        'grep -n urgent todo.md',
        'grep -n adds line numbers',
        '1:urgent: call Eva\n3:urgent: pay rent',
      ],
      ['todo.md', 'STOP', 'The urgent lines are shown'],
    ],
  },
  {
    goal: 'Save all lines of access.log that have status 404 in missing.txt',
    steps: [
      ['access.log', 'RUN', "grep ' 404$' access.log > missing.txt", 'grep keeps lines that match'],
      ['access.log, missing.txt', 'STOP', 'missing.txt holds the lines'],
    ],
  },
  {
    goal: 'Which files under src mention the word parser?',
    steps: [
      [
        'src/, src/io.c, src/main.c, src/tree.c',
        'RUN',
        'grep -rlw parser src | sort',
        'grep -l prints file names',
        'src/main.c\nsrc/tree.c',
      ],
      ['src/, src/io.c, src/main.c, src/tree.c', 'STOP', 'Two files mention parser'],
    ],
  },
  {
    goal: 'Is there a line with FIXME in main.c?',
    steps: [
      ['main.c', 'RUN', 'grep -n FIXME main.c', 'grep exits 1 without a match', '', 1],
      ['main.c', 'STOP', 'main.c has no FIXME'],
    ],
  },
  {
    goal: 'just line 3 of poem.txt please',
    steps: [
      ['poem.txt', 'RUN', "sed -n '3p' poem.txt", '3p prints line 3', 'in the rain'],
      ['poem.txt', 'STOP', 'Line 3 is shown'],
    ],
  },
  {
    goal: 'Show memo.txt without its first two lines',
    steps: [
      ['memo.txt', 'RUN', 'tail -n +3 memo.txt', '+3 starts at the third line', 'We meet at ten.\nBring tea.'],
      ['memo.txt', 'STOP', 'The rest is shown'],
    ],
  },
  {
    goal: 'Print what stands between BEGIN and END in block.txt',
    steps: [
      [
        'block.txt',
        'RUN',
        "sed -n '/BEGIN/,/END/p' block.txt",
        'from one pattern to the other',
        'BEGIN\none\ntwo\nEND',
      ],
      ['block.txt', 'STOP', 'The block is shown'],
    ],
  },
  {
    goal: 'For each ERROR in sync.log, show it with the line after it',
    steps: [
      ['sync.log', 'RUN', 'grep -A 1 ERROR sync.log', '-A 1 adds one line after', 'ERROR copy\nretry in 5 s'],
      ['sync.log', 'STOP', 'The error is shown'],
    ],
  },
  {
    goal: 'Pull all email addresses out of page.txt',
    steps: [
      [
        'page.txt',
        'RUN',
        "grep -oE '[[:alnum:]._-]+@[[:alnum:]-]+\\.[a-z]+' page.txt",
        '-o prints only the match',
        'ann@mail.org\nbob.lee@work.net',
      ],
      ['page.txt', 'STOP', 'Both addresses are shown'],
    ],
  },
  {
    goal: 'what does the file "my list.txt" say?',
    steps: [
      ['my list.txt, other.txt', 'RUN', "cat 'my list.txt'", 'quotes because of the blank', 'soap\nrice'],
      ['my list.txt, other.txt', 'STOP', 'Its text is shown'],
    ],
  },
  {
    goal: 'Print the title from song.json',
    steps: [
      [
        'song.json',
        'RUN',
        'grep -o \'"title": "[^"]*"\' song.json | cut -d\'"\' -f4',
        'the fourth part between quotes',
        'Blue Sky',
      ],
      ['song.json', 'STOP', 'The title is Blue Sky'],
    ],
  },
  {
    goal: 'Show the folders in path.txt one per line; colons separate them',
    steps: [
      ['path.txt', 'RUN', "tr ':' '\\n' < path.txt", 'each colon becomes a new line', '/usr/bin\n/bin\n/opt/go/bin'],
      ['path.txt', 'STOP', 'The folders are shown'],
    ],
  },
];
